extension FoldedEvent {
    /// The same event by the numbers of another vocabulary, which learns the words that it lacks.
    func translated(from old: FigureVocabulary, to new: inout FigureVocabulary) -> FoldedEvent {
        var translated = self
        let place = old.placements[placement]
        translated.placement = new.intern(
            FigureVocabulary.Placement(
                node: place.node, section: Self.word(place.section, old, &new),
                experience: Self.word(place.experience, old, &new), version: Self.word(place.version, old, &new),
                variation: Self.word(place.variation, old, &new)))
        let way = old.routes[route]
        translated.route = new.intern(
            FigureVocabulary.Route(mech: Self.word(way.mech, old, &new), smech: Self.word(way.smech, old, &new)))
        let tuple = old.traits[traits]
        translated.traits = new.intern(
            FigureVocabulary.Traits(
                client: Self.word(tuple.client, old, &new), device: Self.word(tuple.device, old, &new),
                country: Self.word(tuple.country, old, &new), host: Self.word(tuple.host, old, &new),
                repairs: tuple.repairs))
        translated.link = Self.word(link, old, &new)
        translated.sample = Self.word(sample, old, &new)
        return translated
    }

    private static func word(_ number: UInt32, _ old: FigureVocabulary, _ new: inout FigureVocabulary) -> UInt32 {
        // The fixed words have the same numbers in every vocabulary.
        if number <= TermTable.unknown { return number }
        let text = old.terms.bytes(number)
        return new.terms.intern(text.span)
    }
}
