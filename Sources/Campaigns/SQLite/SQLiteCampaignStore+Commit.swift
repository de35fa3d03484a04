import Engagement
import Journal
import TrackingLinks

extension SQLiteCampaignStore {
    /// Writes a batch inside the caller's transaction.
    func write(_ batch: FigureBatch) throws(StoreError) {
        try write(batch.closed, batch.vocabulary, twin: "")
        for table in ["rollup_open", "facet_open", "members_open", "capped_open"] {
            try database.statement("DELETE FROM \(table)", during: .commit).run()
        }
        try write(batch.open, batch.vocabulary, twin: "_open")
        try people.storeNewPeople()
        for checkpoint in batch.checkpoints { try write(checkpoint) }
        for (node, time) in batch.watermarks {
            try database.statement("INSERT OR REPLACE INTO watermark VALUES (?,?)", during: .commit)
                .bind(1, bits: node).bind(2, bits: time).run()
        }
        for fact in batch.sends { try write(fact) }
        for fact in batch.names { try write(fact) }
        for fact in batch.keyChanges { try write(fact) }
        try database.statement(
            "INSERT INTO state VALUES ('asOf',?) ON CONFLICT DO UPDATE SET value=max(value, excluded.value)",
            during: .commit
        ).bind(1, bits: batch.asOfNanoseconds).run()
        if batch.crowdedEvents > 0 {
            try database.statement(
                "INSERT INTO state VALUES ('crowded',?) ON CONFLICT DO UPDATE SET value=value+excluded.value",
                during: .commit
            ).bind(1, bits: batch.crowdedEvents).run()
        }
        // Figures keep the basis that they were made on: whoever opens the store under another one sees that it
        // differs.
        if try basis() == nil {
            let state = try database.statement("INSERT OR REPLACE INTO state VALUES (?,?)", during: .commit)
            try state.bind(1, text: "basis").bind(2, text: batch.basis).run()
            try state.bind(1, text: "rules").bind(2, text: batch.rulesVersion).run()
        }
    }

    private func write(
        _ delta: FigureDelta, _ vocabulary: FigureVocabulary, twin: String
    ) throws(StoreError) {
        try writeRollups(delta, vocabulary, table: "rollup" + twin)
        try writeFacets(delta, vocabulary, table: "facet" + twin)
        try writeLeaves(delta, vocabulary, table: "members" + twin)
        let insert = try database.statement("INSERT OR IGNORE INTO capped\(twin) VALUES (?,?)", during: .commit)
        for scope in delta.capped {
            let section = try numbering.term(scope.section, vocabulary)
            try insert.bind(1, section).bind(2, Int64(scope.dayNumber)).run()
        }
    }

    private func writeRollups(
        _ delta: FigureDelta, _ vocabulary: FigureVocabulary, table: String
    ) throws(StoreError) {
        let upsert = try database.statement(
            """
            INSERT INTO \(table) VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET
            total=total+excluded.total, asked=asked+excluded.asked, refused=refused+excluded.refused
            """, during: .commit)
        for (key, counts) in delta.rollups.entries {
            upsert.bind(1, try numbering.placement(key.placement, vocabulary)).bind(2, Int64(key.dayNumber))
            upsert.bind(3, key.hourStartSeconds).bind(4, try numbering.route(key.route, vocabulary))
            upsert.bind(5, try numbering.term(key.link, vocabulary)).bind(6, Int64(key.kind.rawValue))
            upsert.bind(7, Int64(key.engagementClass.rawValue)).bind(8, Int64(key.offsetSeconds))
            try upsert.bind(9, bits: counts.total).bind(10, bits: counts.asked).bind(11, bits: counts.refused).run()
        }
    }

    private func writeFacets(
        _ delta: FigureDelta, _ vocabulary: FigureVocabulary, table: String
    ) throws(StoreError) {
        let upsert = try database.statement(
            """
            INSERT INTO \(table) VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET
            total=total+excluded.total, asked=asked+excluded.asked, refused=refused+excluded.refused,
            sample=CASE WHEN excluded.first_seen < first_seen OR excluded.first_seen = first_seen
                AND (SELECT text FROM term WHERE id=excluded.sample) < (SELECT text FROM term WHERE id=sample)
                THEN excluded.sample ELSE sample END,
            first_seen=min(first_seen, excluded.first_seen), last_seen=max(last_seen, excluded.last_seen)
            """, during: .commit)
        let facets = try SQLiteFacets(delta, vocabulary, &numbering)
        for (key, counts) in facets.counts {
            upsert.bind(1, key.placement).bind(2, key.facet.rawValue).bind(3, Int64(key.dayNumber)).bind(4, key.value)
            upsert.bind(5, Int64(key.kind.rawValue)).bind(6, Int64(key.engagementClass.rawValue))
            upsert.bind(7, bits: counts.counts.total).bind(8, bits: counts.counts.asked)
            upsert.bind(9, bits: counts.counts.refused)
            let isSeen = key.facet == .host && counts.sample != TermTable.none
            upsert.bind(10, optional: isSeen ? counts.firstSeenNanoseconds : nil)
            upsert.bind(11, optional: isSeen ? counts.lastSeenNanoseconds : nil)
            let sample = isSeen ? UInt64(try numbering.term(counts.sample, vocabulary)) : nil
            try upsert.bind(12, optional: sample).run()
        }
    }

    private func writeLeaves(
        _ delta: FigureDelta, _ vocabulary: FigureVocabulary, table: String
    ) throws(StoreError) {
        let sealed = try SealedMonths(database)
        for (key, leaf) in delta.leaves.entries {
            let placement = try numbering.placement(key.placement, vocabulary)
            let link = try numbering.term(key.link, vocabulary)
            let section = try numbering.term(vocabulary.placements[key.placement].section, vocabulary)
            if sealed.isLate(section: section, day: key.dayNumber, sealsBefore: leaf.sealsBefore) {
                try noteLate(placement, key, link: link, sealsBefore: leaf.sealsBefore)
            }
            // Who came in a sealed month is known no more: they are in its counts, or too late for them.
            if let through = sealed.sealedThrough(section: section), key.dayNumber <= through { continue }
            let number = try numbering.leaf(
                placement: placement, dayNumber: key.dayNumber, kind: key.kind.rawValue, link: link)
            try people.add(leaf.people, toLeaf: number, set: 0, ofSection: section, table: table)
            try people.add(leaf.others, toLeaf: number, set: 1, ofSection: section, table: table)
        }
    }

    /// Notes that people came too late for counts that were made of their day.
    private func noteLate(
        _ placement: Int64, _ key: FigureDelta.LeafKey, link: Int64, sealsBefore: UInt16
    ) throws(StoreError) {
        let upsert = try database.statement(
            "INSERT INTO people_late VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET seals=max(seals, excluded.seals)",
            during: .commit)
        upsert.bind(1, placement).bind(2, Int64(key.dayNumber)).bind(3, Int64(key.kind.rawValue)).bind(4, link)
        try upsert.bind(5, Int64(sealsBefore)).run()
    }

    private func write(_ checkpoint: ShardCheckpoint) throws(StoreError) {
        let replace = try database.statement(
            "INSERT OR REPLACE INTO checkpoint VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", during: .commit)
        replace.bind(checkpoint.shard).bind(4, bits: checkpoint.position.nextSequence)
        replace.bind(5, bits: checkpoint.position.segmentFirstSequence)
        replace.bind(6, bits: checkpoint.position.lastReadOffset)
        replace.bind(7, bits: checkpoint.counted).bind(8, bits: checkpoint.pending)
        replace.bind(9, bits: checkpoint.damaged).bind(10, bits: checkpoint.lost)
        replace.bind(11, bits: checkpoint.expired).bind(12, bits: checkpoint.contextPosition.nextSequence)
        replace.bind(13, bits: checkpoint.contextPosition.segmentFirstSequence)
        try replace.bind(14, bits: checkpoint.contextPosition.lastReadOffset).run()
    }

    private func write(_ fact: AdminFact<SendsRecord>) throws(StoreError) {
        let insert = try database.statement(
            "INSERT OR IGNORE INTO send VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", during: .commit)
        insert.bind(fact.identity.shard).bind(4, bits: fact.identity.sequence)
        insert.bind(5, bits: fact.record.sentNanoseconds).bind(6, bits: fact.record.sent)
        insert.bind(7, optional: fact.record.delivered)
        insert.bind(8, optional: fact.record.linksInMessage.map { UInt64($0) })
        for (index, word) in try words(of: fact.record.selection).enumerated() { insert.bind(Int32(9 + index), word) }
        try insert.bind(13, bits: fact.record.recordedNanoseconds).run()
    }

    private func write(_ fact: AdminFact<NameRecord>) throws(StoreError) {
        let upsert = try database.statement(
            """
            INSERT INTO name VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET name=excluded.name,
            recorded=excluded.recorded, node=excluded.node, epoch=excluded.epoch, sequence=excluded.sequence
            WHERE (excluded.recorded, excluded.node, excluded.epoch, excluded.sequence)
                > (recorded, name.node, name.epoch, name.sequence)
            """, during: .commit)
        upsert.bind(1, Int64(fact.record.level.rawValue))
        for (index, word) in try words(of: fact.record.selection).enumerated() { upsert.bind(Int32(2 + index), word) }
        let name = Array(fact.record.name.utf8)
        upsert.bind(6, name.span).bind(7, bits: fact.record.recordedNanoseconds)
        upsert.bind(8, bits: fact.identity.shard.node).bind(9, bits: fact.identity.shard.epoch)
        try upsert.bind(10, bits: fact.identity.sequence).run()
    }

    private func write(_ fact: AdminFact<KeyChangeRecord>) throws(StoreError) {
        let key = SQLiteCheckpoints.keyChangePrefix + hexadecimal16(fact.identity.shard.node) + "/\(fact.record.keyID)"
        try database.statement("INSERT OR REPLACE INTO state VALUES (?,?)", during: .commit)
            .bind(1, text: key).bind(2, bits: fact.record.changedNanoseconds).run()
    }

    /// The store's numbers of section, experience, version and variation; 0 for what was not told apart.
    private func words(of selection: CampaignSelection) throws(StoreError) -> [Int64] {
        var words: [Int64] = []
        for text in [selection.sec, selection.expId, selection.expVer, selection.va] {
            let bytes = text.map { Array($0.utf8) }
            words.append(try bytes.map { (bytes) throws(StoreError) in try numbering.term(bytes.span) } ?? 0)
        }
        return words
    }
}
