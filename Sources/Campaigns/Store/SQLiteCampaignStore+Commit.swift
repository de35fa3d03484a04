import Engagement
import Journal
import TrackingLinks

extension SQLiteCampaignStore {
    /// Writes figures, checkpoints and facts in one transaction.
    package func commit(_ batch: FigureBatch) throws(StoreError) {
        numbers.follow(batch.vocabulary)
        try database.writeTransaction(during: .commit) { () throws(StoreError) in
            try write(batch.closed, batch.vocabulary, suffix: "")
            for table in ["rollup", "trait_count", "leaf", "member", "capped"] {
                try database.execute("DELETE FROM \(table)_open", during: .commit)
            }
            try write(batch.open, batch.vocabulary, suffix: "_open")
            try people.saveDictionaries()
            for checkpoint in batch.checkpoints { try write(checkpoint) }
            for (node, nanoseconds) in batch.watermarks {
                let write = try database.statement("INSERT OR REPLACE INTO watermark VALUES (?, ?)", during: .commit)
                write.bind(1, bits: node).bind(2, bits: nanoseconds)
                try write.run()
            }
            for fact in batch.sends { try write(fact) }
            for fact in batch.names { try write(fact) }
            let write = try database.statement("INSERT OR REPLACE INTO meta VALUES (?, ?)", during: .commit)
            write.bind(1, text: "as_of").bind(2, bits: batch.asOfNanoseconds)
            try write.run()
            // Figures keep the basis that they were made on: a change of rules is seen by the next process, and a
            // rebuild.
            if try basis() == nil {
                write.bind(1, text: "basis").bind(2, text: batch.basis)
                try write.run()
            }
        }
        people.markSaved()
    }

    private func write(
        _ delta: FigureDelta, _ vocabulary: FigureVocabulary, suffix: String
    ) throws(StoreError) {
        try writeRollups(delta, vocabulary, suffix: suffix)
        try writeTraits(delta, vocabulary, suffix: suffix)
        try writePeople(delta, vocabulary, suffix: suffix)
        for scope in delta.capped {
            let write = try database.statement(
                "INSERT OR IGNORE INTO capped\(suffix) VALUES (?, ?, ?)", during: .commit)
            write.bind(1, bits: scope.node).bind(2, try numbers.term(scope.section, vocabulary))
            write.bind(3, Int64(scope.dayNumber))
            try write.run()
        }
    }

    private func writeRollups(
        _ delta: FigureDelta, _ vocabulary: FigureVocabulary, suffix: String
    ) throws(StoreError) {
        let sql = """
            INSERT INTO rollup\(suffix) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET
                total = total + excluded.total, asked = asked + excluded.asked, refused = refused + excluded.refused
            """
        for (key, counts) in delta.rollups {
            let placement = try numbers.placement(key.placement, vocabulary)
            let route = try numbers.route(key.route, vocabulary)
            let link = try numbers.term(key.link, vocabulary)
            let write = try database.statement(sql, during: .commit)
            write.bind(1, placement).bind(2, Int64(key.dayNumber)).bind(3, key.hourStartSeconds)
            write.bind(4, Int64(key.offsetSeconds)).bind(5, route).bind(6, link)
            write.bind(7, Int64(key.kind.rawValue)).bind(8, Int64(key.engagementClass.rawValue))
            write.bind(9, bits: counts.total).bind(10, bits: counts.asked).bind(11, bits: counts.refused)
            try write.run()
        }
    }

    private func writeTraits(
        _ delta: FigureDelta, _ vocabulary: FigureVocabulary, suffix: String
    ) throws(StoreError) {
        let sql = """
            INSERT INTO trait_count\(suffix) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET
                total = total + excluded.total, asked = asked + excluded.asked, refused = refused + excluded.refused,
                sample = CASE
                    WHEN excluded.sample = 0 THEN sample
                    WHEN sample = 0 OR excluded.first_seen < first_seen
                        OR (excluded.first_seen = first_seen
                            AND (SELECT text FROM term WHERE id = excluded.sample)
                                < (SELECT text FROM term WHERE id = sample))
                        THEN excluded.sample
                    ELSE sample END,
                first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)
            """
        for (key, counts) in delta.traits {
            let placement = try numbers.placement(key.placement, vocabulary)
            let traits = try numbers.traits(key.traits, vocabulary)
            let sample = try numbers.term(counts.sample, vocabulary)
            let write = try database.statement(sql, during: .commit)
            write.bind(1, placement).bind(2, Int64(key.dayNumber)).bind(3, traits)
            write.bind(4, Int64(key.kind.rawValue)).bind(5, Int64(key.engagementClass.rawValue))
            write.bind(6, Int64(key.outcome.rawValue))
            write.bind(7, bits: counts.counts.total).bind(8, bits: counts.counts.asked)
            write.bind(9, bits: counts.counts.refused)
            write.bind(10, Int64(clamping: counts.firstSeenNanoseconds))
            write.bind(11, Int64(clamping: counts.lastSeenNanoseconds)).bind(12, sample)
            try write.run()
        }
    }

    private func writePeople(
        _ delta: FigureDelta, _ vocabulary: FigureVocabulary, suffix: String
    ) throws(StoreError) {
        for (key, hashes) in delta.leaves {
            let leaf = try leafNumber(key, vocabulary, suffix: suffix)
            let section = try numbers.term(vocabulary.placements[key.placement].section, vocabulary)
            let dictionary = try people.dictionary(of: section)
            try people.add(
                Self.numbered(hashes.people, dictionary), to: leaf, .people, suffix: suffix)
            try people.add(
                Self.numbered(hashes.others, dictionary), to: leaf, .others, suffix: suffix)
        }
    }

    private static func numbered(_ hashes: [UInt64], _ dictionary: PersonDictionary) -> PersonSet {
        var members: [UInt32] = []
        members.reserveCapacity(hashes.count)
        for hash in hashes {
            // A section with four billion people has no numbers left; FigureLimits caps people far below.
            if let number = dictionary.intern(hash) { members.append(number) }
        }
        return PersonSet(members)
    }

    private func leafNumber(
        _ key: FigureDelta.LeafKey, _ vocabulary: FigureVocabulary, suffix: String
    ) throws(StoreError) -> Int64 {
        let values = [
            try numbers.placement(key.placement, vocabulary), try numbers.term(key.link, vocabulary),
            Int64(key.dayNumber), Int64(key.kind.rawValue),
        ]
        let select = try database.statement(
            "SELECT id FROM leaf\(suffix) WHERE placement = ? AND link = ? AND day = ? AND kind = ?", during: .commit)
        for (index, value) in values.enumerated() { select.bind(Int32(index + 1), value) }
        defer { select.reset() }
        if try select.step() { return select.integer(0) }
        let insert = try database.statement(
            "INSERT INTO leaf\(suffix) (placement, link, day, kind) VALUES (?, ?, ?, ?) RETURNING id", during: .commit)
        for (index, value) in values.enumerated() { insert.bind(Int32(index + 1), value) }
        guard try insert.step() else { throw .damaged(file: database.file, what: "a leaf has no number") }
        let id = insert.integer(0)
        try insert.run()
        return id
    }

    private func write(_ checkpoint: ShardCheckpoint) throws(StoreError) {
        let write = try database.statement(
            "INSERT OR REPLACE INTO shard VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", during: .commit)
        write.bind(1, bits: checkpoint.shard.node).bind(2, bits: checkpoint.shard.epoch)
        write.bind(3, Int64(checkpoint.shard.shard)).bind(4, bits: checkpoint.position.nextSequence)
        write.bind(5, bits: checkpoint.position.segmentFirstSequence)
        write.bind(6, bits: checkpoint.position.lastReadOffset).bind(7, bits: checkpoint.counted)
        write.bind(8, bits: checkpoint.pending).bind(9, bits: checkpoint.damaged).bind(10, bits: checkpoint.lost)
        write.bind(11, bits: checkpoint.expired)
        try write.run()
    }

    /// Facts carry texts, which become words; a part that was not told apart is NULL for sends and the empty word for
    /// names.
    private func write(_ fact: AdminFact<SendsRecord>) throws(StoreError) {
        let selection = fact.record.selection
        let write = try database.statement(
            "INSERT OR IGNORE INTO sends VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", during: .commit)
        write.bind(1, bits: fact.identity.shard.node).bind(2, bits: fact.identity.shard.epoch)
        write.bind(3, Int64(fact.identity.shard.shard)).bind(4, bits: fact.identity.sequence)
        write.bind(5, try word(selection.sec))
        for (index, part) in [selection.expId, selection.expVer, selection.va].enumerated() {
            let parameter = Int32(6 + index)
            if let part { write.bind(parameter, try word(part)) } else { write.bind(parameter, optional: nil) }
        }
        write.bind(9, bits: fact.record.sentNanoseconds).bind(10, bits: fact.record.sent)
        write.bind(11, optional: fact.record.delivered)
        try write.run()
    }

    private func write(_ fact: AdminFact<NameRecord>) throws(StoreError) {
        let selection = fact.record.selection
        let write = try database.statement(
            """
            INSERT INTO name VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET text = excluded.text, recorded = excluded.recorded
            WHERE excluded.recorded >= recorded
            """, during: .commit)
        write.bind(1, Int64(fact.record.level.rawValue)).bind(2, try word(selection.sec))
        write.bind(3, try word(selection.expId ?? "")).bind(4, try word(selection.expVer ?? ""))
        write.bind(5, try word(selection.va ?? "")).bind(6, text: fact.record.name)
        write.bind(7, bits: fact.record.recordedNanoseconds)
        try write.run()
    }

    private func word(_ text: String) throws(StoreError) -> Int64 {
        text.isEmpty ? Int64(TermTable.empty) : try numbers.term(Array(text.utf8))
    }
}
