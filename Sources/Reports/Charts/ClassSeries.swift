import Campaigns

/// The classes of events as charts draw them: each has a colour, a pattern beside it for whoever sees no colours, and a
/// name.
enum ClassSeries: String, CaseIterable {
    case human, proxy, prefetch, machine, unknown

    /// Those of people's events.
    static let people: [ClassSeries] = [.human, .proxy]

    /// In legends.
    var label: String {
        switch self {
        case .human: "people"
        case .proxy: "people, through their mail service’s proxy"
        case .prefetch: "fetched ahead by mail services"
        case .machine: "machines"
        case .unknown: "no evidence kept"
        }
    }

    func value(_ figures: EngagementFigures) -> UInt64 {
        switch self {
        case .human: figures.human
        case .proxy: figures.proxy
        case .prefetch: figures.prefetch
        case .machine: figures.machine
        case .unknown: figures.unknown
        }
    }

    /// The pattern that lies over the colour; nothing for plain ones.
    ///
    /// - Parameter id: what the picture calls its things, so that no two of a page have one name.
    func pattern(_ id: String) -> Markup? {
        let lines: String? =
            switch self {
            case .human, .proxy: nil
            case .prefetch: "M0 3H6"
            case .machine: "M-1 7L7 -1M-1 1L1 -1M5 7L7 5"
            case .unknown: "M3 0V6"
            }
        guard let lines else { return nil }
        return """
            <pattern id="\(id)-\(rawValue)" width="6" height="6" patternUnits="userSpaceOnUse">\
            <path class="k-\(rawValue)" d="M0 0H6V6H0Z"/><path class="hatch" d="\(lines)"/></pattern>
            """
    }

    /// The attributes that fill a shape.
    func fill(_ id: String) -> Markup {
        switch self {
        case .human, .proxy: "class=\"k-\(rawValue)\""
        default: "fill=\"url(#\(id)-\(rawValue))\""
        }
    }

    /// A legend of some classes, with the same colours and patterns.
    static func legend(_ series: [ClassSeries], id: String) -> Markup {
        let items = series.map { one -> Markup in
            """
            <li><svg class="swatch" viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">\
            \(one.pattern("\(id)-s").map { "<defs>\($0)</defs>" as Markup } ?? "")\
            <rect width="14" height="14" rx="2" \(one.fill("\(id)-s"))/></svg>\(one.label)</li>
            """
        }
        return "<ul class=\"legend\">\(items.joined())</ul>"
    }
}
