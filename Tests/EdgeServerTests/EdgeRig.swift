import Bytes
import Engagement
import HTTPEngine
import Journal
import LinuxSystem
import Settings
import TestSupport
import Testing

@testable import EdgeServer

/// A worker as the server composes it, on a journal of its own, whose turns the test runs itself.
final class EdgeRig {
    let folder: TemporaryFolder
    let worker: HTTPWorker<EdgeHandler>
    let address: SocketAddress
    let progress: ShardProgress
    let shards: WorkerShards
    let live = LiveShards()
    let counters = EdgeCounters()
    let health = EdgeHealth()
    /// Where a reload leaves what it changed.
    let renewed = Handover<WorkerRenewal>()
    let doctorKey: HMACSHA256Key
    let book: ConsentBook
    let closed: ClosedWatermark
    let synchronizer: JournalSynchronizer
    let shard: ShardIdentity
    /// What the clocks say: 2026-11-23T10:00:00Z, and 1,000 s.
    private(set) var time = TurnTime(
        realtimeNanoseconds: 1_795_428_000_000_000_000, monotonicNanoseconds: 1_000_000_000_000)
    /// The node of every rig.
    static let node: UInt64 = 0x0123_4567_89AB_CDEF

    /// - Parameters:
    ///   - folder: a data folder that several rigs share, each with a shard of its own; nil for one of its own.
    ///   - signingKeys: those that signatures of links are judged with.
    ///   - consentWaitingMax: calls that may wait for the disk.
    ///   - consent: the statuses of people of section 1, made with the keys.
    init(
        _ configuration: String = EdgeRig.sections, storage: any JournalStorage = LinuxStorage(),
        limits: JournalLimits = JournalLimits(), folder shared: TemporaryFolder? = nil, shard number: UInt16 = 0,
        closed: ClosedWatermark = ClosedWatermark(), synchronizer: JournalSynchronizer = JournalSynchronizer(),
        signingKeys: [KeyFile] = [], consentWaitingMax: Int = 1_024,
        consent: (KeySet) -> ConsentTable = { _ in ConsentTable(people: 0) }
    ) throws {
        let folder = try shared ?? TemporaryFolder()
        shard = ShardIdentity(node: Self.node, epoch: 1, shard: number)
        self.closed = closed
        self.synchronizer = synchronizer
        let configuration = try #require(readConfiguration(configuration))
        let keys = try KeyFolder.readOrMake(folder.path + "/keys", journalIsEmpty: true)
        let ring = AddressKeyRing(folder: folder.path + "/address-keys")
        try ring.renew(nowNanoseconds: time.realtimeNanoseconds)
        let sections = try EdgeSections(configuration, keys: keys, signingKeys: signingKeys)
        let data = DataFolder(path: folder.path)
        try Files.makeDirectories(data.journal)
        book = try ConsentBook(
            data, keys: keys,
            journal: AdminJournal(
                shard: ShardIdentity(node: Self.node, epoch: 2 + UInt64(number), shard: ShardIdentity.adminShard),
                journalFolder: data.journal, limits: limits, closed: closed, synchronizer: synchronizer,
                storage: storage),
            onTrouble: { Issue.record("\($0)") }, onMissingList: { Issue.record($0) })
        doctorKey = keys.doctorKey
        let shards = WorkerShards(
            first: shard,
            plan: WorkerShards.Plan(
                journalFolder: folder.path + "/journal", limits: limits, durability: .process, closed: closed,
                synchronizer: synchronizer, stall: DiskStall(), live: live, numbers: ShardNumbers(workers: 1),
                storage: storage))
        self.shards = shards
        let recorder = EventRecorder(
            committer: shards.current, closed: closed,
            addresses: AddressRecorder(
                ring: ring, ipv4Prefix: 24, ipv6Prefix: 48,
                networks: try NetworkNames().labels(of: .builtIn, folder: "built-in")),
            rules: EdgeRules(.builtIn), counters: counters)
        let handler = EdgeHandler(
            sections: sections,
            subjects: SubjectMaker(
                keys: keys, sections: sections, identity: configuration.identity,
                consent: ConsentTables([consent(keys)])),
            recorder: recorder, shards: shards, proxies: TrustedProxies(configuration.trustedProxies),
            probes: EdgeProbes(configuration.probes, health: health),
            doctor: DoctorDesk(key: keys.doctorKey, idleTimeoutSeconds: 75), counters: counters,
            files: SmallFiles(try SmallFile.read(configuration)), requestLimit: RequestLimit(configuration.limits),
            renewed: renewed,
            consent: ConsentDesk(
                book, callers: ConsentCallers(configuration, keys: keys), waitingMax: consentWaitingMax))
        let listener = HTTPListener(
            try ListenerSocket(listeningOn: .internet(.loopback, port: 0)),
            requiresProxyHeader: configuration.proxyProtocol == .require)
        worker = try HTTPWorker(handler: handler, listeners: [listener])
        address = listener.address
        progress = shards.current.writer.progress
        self.folder = folder
    }

    /// One section that lists `www.shop.example` and asks, one with a fallback, one that refuses.
    static let sections = """
        { sections: {
            "1": { hosts: ["www.shop.example", "*.shop.example"], otherwise: "ask" },
            "2": { hosts: ["www.shop.example"], otherwise: "fallback", fallback: "https://www.shop.example/start" },
            "3": { hosts: ["www.shop.example"], otherwise: "refuse" },
          }, unknownSections: { otherwise: "ask" } }
        """

    func connect() throws -> EdgeClient {
        try EdgeClient(address)
    }

    /// Lets the clocks go on; a negative number sets the wall clock back.
    func pass(seconds: Int64) {
        let now = Int64(time.realtimeNanoseconds) + seconds * 1_000_000_000
        time = TurnTime(
            realtimeNanoseconds: UInt64(now),
            monotonicNanoseconds: time.monotonicNanoseconds + seconds.magnitude * 1_000_000_000)
    }

    /// Runs the turns that accept what connected and answer what was sent.
    func turns(_ count: Int = 3) throws {
        for _ in 0..<count { try worker.runOneTurn(waitingAtMost: 0, at: time) }
    }

    /// Sends requests on a connection, lets the worker answer, and gives what came back.
    func exchange(_ client: EdgeClient, _ text: String) throws -> String {
        client.send(text)
        try turns()
        return client.receive()
    }

    /// The records that are in the files now.
    func journaled() throws -> (events: [Event], gaps: [Gap]) {
        let reader = ShardReader(shard: shard, journalFolder: folder.path + "/journal")
        var events: [Event] = []
        var gaps: [Gap] = []
        while true {
            switch try reader.next() {
            case .end: return (events, gaps)
            case .damaged(let damage): Issue.record("\(damage)")
            case .record(let record):
                let payload = reader.withPayload { $0.toArray() }
                if record.kind == .gap {
                    let gap = Gap(payload: payload.span, version: record.version)
                    gaps.append(try #require(gap))
                } else {
                    let view = try EventView(payload.span, version: record.version)
                    events.append(Event(view, in: payload.span))
                }
            }
        }
    }
}

/// The settings that a text gives, or nil when there is any problem with them.
func readConfiguration(_ text: String) -> Configuration? {
    let bytes = Array(text.utf8)
    return ConfigurationReader(checks: .complete).read(bytes.span, fileName: "test.json5").configuration
}

/// A connection whose socket never waits.
final class EdgeClient {
    private let socket: ClientSocket

    init(_ address: SocketAddress) throws {
        socket = try ClientSocket(connectingTo: address, timeoutMilliseconds: 5_000)
        try Sockets.setNonblocking(socket.rawValue, true)
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(Sockets.send(bytes.span, to: socket.rawValue) == .bytes(bytes.count))
    }

    /// What is there now.
    func receive() -> String {
        var buffer = ByteBuffer(capacity: 262_144)
        while case .bytes = Sockets.receive(from: socket.rawValue, into: &buffer) {}
        return String(decoding: buffer.toArray(), as: UTF8.self)
    }
}

/// A request of a person's browser.
func browserRequest(_ target: String, _ lines: String = "") -> String {
    "GET \(target) HTTP/1.1\r\nHost: trem.brand.example\r\n"
        + "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
        + "Accept: text/html\r\nAccept-Language: de-DE,de;q=0.8\r\nAccept-Encoding: gzip\r\n"
        + "Referer: https://mail.example/inbox?u=1\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n"
        + lines + "\r\n"
}
