import Engagement
import HTTPEngine

/// What a reload, or a change of consent or keys, has a worker go on with, all of it from one turn on; what is nil
/// stays as it is.
struct WorkerRenewal: Sendable {
    /// Sections, signing keys and pages.
    var sections: EdgeSections?
    /// The networks that connections are labelled by.
    var networks: NetworkLabels?
    /// What people who are not followed are judged by.
    var rules: EdgeRules?
    /// People's statuses, where a table took another one's place.
    var consent: ConsentTables?
    /// The keys of people and of events.
    var keys: KeySet?
    /// Whose headers are believed.
    var proxies: TrustedProxies?
    /// Small files.
    var files: SmallFiles?
    /// Bounds of requests and connections.
    var httpLimits: HTTPLimits?
    /// How many clicks and opens of one address are recorded.
    var requestLimit: RequestLimit?

    /// This one, with what only an earlier one has that nobody took.
    func over(_ earlier: WorkerRenewal?) -> WorkerRenewal {
        guard let earlier else { return self }
        var both = self
        both.sections = sections ?? earlier.sections
        both.networks = networks ?? earlier.networks
        both.rules = rules ?? earlier.rules
        both.consent = consent ?? earlier.consent
        both.keys = keys ?? earlier.keys
        both.proxies = proxies ?? earlier.proxies
        both.files = files ?? earlier.files
        both.httpLimits = httpLimits ?? earlier.httpLimits
        both.requestLimit = requestLimit ?? earlier.requestLimit
        return both
    }
}
