import LoadEngine
import LoadReports

/// What signatures and damage cost beside whole links without a signature.
extension BenchRow {
    private static let manyTargets = 4_096
    private static let fewTargets = 8

    private static func name(
        isSigned: Bool, targets: Int = manyTargets, _ damage: CampaignLinks.Damage? = nil
    ) -> String {
        let kind = (isSigned ? "signed" : "unsigned") + (damage.map { ", \($0.rawValue)" } ?? "")
        return "\(kind), \(targets == fewTargets ? "few" : "many") targets"
    }

    static let signed = BenchRow(
        name: "signed", title: "Signed links and damaged ones",
        about:
            "4,096 clicks of as many visits, 64 connections, by `wrk`, round and round: a signature covers the number "
            + "of the visit, so that each link has one of its own. Signed by `tremolo sign` over campaign and target, "
            + "for a section with `signatures: \"require\"`, and the same links without a signature for one with "
            + "`\"off\"`. Many targets are some 2,600, more than the edge remembers decisions "
            + "about; few are 8. A signature is judged anew for every click. Damaged "
            + "links have `&amp;` for each ampersand, or a target that was percent-encoded once more; the edge "
            + "undoes both, and the signature holds. Errors are answers that were no redirect; before the rounds "
            + "every sixteenth link of each kind was asked for and its `Location` compared.",
        columns: [.answering, .perWrite, .perSecond, .errors],
        goals: [manyTargets, fewTargets].map { targets in
            Goal(
                text: "CPU per click, \(targets == fewTargets ? "few" : "many") targets, signed less unsigned",
                source: .difference(
                    "cpuAnswering", of: name(isSigned: true, targets: targets),
                    less: name(isSigned: false, targets: targets)),
                bound: .atMost(1.5), unit: .microseconds)
        }
            + [false, true].flatMap { isSigned in
                CampaignLinks.Damage.allCases.map { damage in
                    Goal(
                        text: "CPU per click, \(isSigned ? "signed" : "unsigned"), \(damage.rawValue) / whole",
                        source: .ratio(
                            "cpuAnswering", of: name(isSigned: isSigned, damage), to: name(isSigned: isSigned)))
                }
            }
    ) { bench in
        let edge = try bench.edge(EdgeOptions(signatures: "require"))
        var kinds: [(name: String, links: CampaignLinks)] = []
        for isSigned in [false, true] {
            for targets in [manyTargets, fewTargets] {
                var links = CampaignLinks(targets: targets, isSigned: isSigned)
                if isSigned { links = try bench.sign(links, for: edge) }
                kinds.append((name(isSigned: isSigned, targets: targets), links))
                guard targets == manyTargets else { continue }
                for damage in CampaignLinks.Damage.allCases {
                    kinds.append((name(isSigned: isSigned, damage), links.damaged(by: damage)))
                }
            }
        }
        let ways = try kinds.map { kind -> Workbench.Way in
            let wrong = try RequestHeads.wrongAnswers(to: kind.links.sample, port: edge.port)
            guard wrong == 0 else {
                throw BenchFailure.unavailable(
                    kind.name, why: "\(wrong) of \(kind.links.sample.count) links lead elsewhere than they say")
            }
            let call = WrkCall(seconds: bench.seconds(3), heads: try bench.file(ofHeads: kind.links.heads))
            bench.show(call.shown)
            return (kind.name, { try bench.wrk(call, redirectedBy: edge) })
        }
        return try bench.interleave(ways)
    }
}

extension Workbench {
    /// The links as `tremolo sign` signs them with the key that an edge has.
    fileprivate func sign(_ links: CampaignLinks, for edge: MeasuredServer) throws -> CampaignLinks {
        guard let configuration = edge.configuration else {
            throw BenchFailure.unavailable(edge.name, why: "it has no configuration")
        }
        show(".build/release/tremolo sign --config EDGE.json5 < LINKS")
        return try links.signed(configuration: configuration, in: try scratch("links"))
    }

    /// Runs `wrk`; what an edge did not redirect is an error.
    fileprivate func wrk(_ call: WrkCall, redirectedBy edge: MeasuredServer) throws -> [String: Double] {
        let before = try Self.strayed(of: edge)
        var figures = try call.run(port: edge.port, watched: [("cpuAnswering", edge)])
        figures["errors", default: 0] += try Self.strayed(of: edge) - before
        return figures
    }

    /// How many clicks an edge answered otherwise than with a redirect to their target.
    private static func strayed(of edge: MeasuredServer) throws -> Double {
        try Asking.metrics(of: edge).filter {
            $0.name == "tremolo_requests_total" && !$0.labels.contains("outcome=\"redirected\"")
        }.map(\.value).reduce(0, +)
    }
}
