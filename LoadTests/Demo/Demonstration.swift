import Bytes
import Foundation
import Life
import LinuxSystem
import Settings

/// One run: start, names, the story, the report, what the rules got right, and then life as it is.
struct Demonstration {
    let arguments: DemoArguments
    private static let day: UInt64 = 86_400_000_000_000

    func run() throws(DemoFailure) {
        let folder = try makeFolder()
        defer { if arguments.data == nil { try? FileManager.default.removeItem(atPath: folder) } }
        let signals = try DemoFailure.named("signals of the process") { () throws(SystemError) in
            try SignalFile([.terminate, .interrupt])
        }
        // The story ends at midnight, so that the last of its three days is over and reports of today begin empty.
        let start = SystemClock.realtimeNanoseconds() / Self.day * Self.day - LifeStory.seconds * 1_000_000_000
        let path = folder + "/clock"
        let clock = try DemoFailure.named(path) { () throws(SystemError) in
            try ClockFile(making: path, nanoseconds: start)
        }
        let server = try DemoServer(arguments, folder: folder, clock: path)
        defer { server.stop() }
        try name(server)
        let story = LifeStory(seed: arguments.seed, people: arguments.people)
        var player = StoryPlayer(server: server.edge, clock: clock, startNanoseconds: start)
        try play(story, &player, server, start: start)
        player.setClock(SystemClock.realtimeNanoseconds())
        try show(story, server, start: start)
        guard !arguments.once else { return }
        try? StandardStream.error.write("The server runs until control-C, by the system's time from now on.\n")
        do throws(SystemError) {
            while server.isRunning {
                player.setClock(SystemClock.realtimeNanoseconds())
                if try signals.next() != nil { return }
                SystemThread.sleep(nanoseconds: 20_000_000)
            }
        } catch {
            throw DemoFailure("signals of the process", error)
        }
        throw DemoFailure(.unavailable, "the server", why: "it has ended", whatToDo: "see its messages above")
    }

    private func makeFolder() throws(DemoFailure) -> String {
        let path = arguments.data ?? "\(NSTemporaryDirectory())/tremolo-demo-\(Host.processID)"
        do throws(SystemError) {
            try Files.makeDirectory(path, permissions: 0o700)
        } catch {
            if error.isAlreadyThere {
                throw DemoFailure(
                    .cannotCreate, path, why: "it is there already", whatToDo: "name a folder that is not, or remove it"
                )
            }
            throw DemoFailure(path, error)
        }
        return path
    }

    private func name(_ server: DemoServer) throws(DemoFailure) {
        for campaign in LifeCampaign.all {
            let experience = ["--sec", campaign.section, "--exp-id", campaign.experience]
            _ = try server.tremolo(["name", campaign.name] + experience)
            for (place, variation) in campaign.variations.enumerated() {
                // Without a version: its name shows wherever the variation does.
                _ = try server.tremolo(
                    ["name", variation.name, "--va", campaign.variationText(place)] + experience)
            }
        }
    }

    private func play(
        _ story: LifeStory, _ player: inout StoryPlayer, _ server: DemoServer, start: UInt64
    ) throws(DemoFailure) {
        let began = SystemClock.monotonicNanoseconds()
        let count = story.requests.count
        let isTerminal = StandardStream.error.isTerminal
        do throws(StoryPlayer.Failure) {
            try player.play(
                story,
                send: { (send) throws(StoryPlayer.Failure) in
                    do throws(DemoFailure) {
                        _ = try server.tremolo(Self.command(send, start: start))
                    } catch {
                        throw .sends("\(error.message)")
                    }
                },
                progress: { answered in
                    guard isTerminal, answered % 100 == 0 || answered == count else { return }
                    let day = story.requests[answered - 1].timeNanoseconds / Self.day + 1
                    try? StandardStream.error.write("\r\u{1B}[Kday \(day) of 3, \(answered) of \(count) requests")
                })
        } catch {
            throw DemoFailure(.unavailable, "the story", why: "\(error)", whatToDo: "build both programs anew")
        }
        let tenths = (SystemClock.monotonicNanoseconds() - began) / 100_000_000
        try? StandardStream.error.write(
            "\(isTerminal ? "\r\u{1B}[K" : "")three days with \(count) requests in \(tenths / 10).\(tenths % 10) s\n")
    }

    /// `sends add` for one send.
    static func command(_ send: LifeSend, start: UInt64) -> [String] {
        let campaign = send.campaign
        return [
            "sends", "add", "--sec", campaign.section, "--exp-id", campaign.experience, "--exp-ver", campaign.version,
            "--va", campaign.variationText(send.variation), "--sent", "\(send.messages)", "--time",
            RFC3339.string(start + send.timeNanoseconds), "--links", "\(LifeCampaign.targets.count)",
        ]
    }

    private func show(_ story: LifeStory, _ server: DemoServer, start: UInt64) throws(DemoFailure) {
        var text = String(decoding: try server.tremolo(["report", "--by", "expId,va"]), as: UTF8.self)
        let events = try server.tremolo(["events"])
        let check: TruthCheck
        do throws(TruthCheck.Failure) {
            check = try TruthCheck(story, events: events.span, startNanoseconds: start)
        } catch {
            throw DemoFailure(
                .badInput, "the journal", why: "it does not hold what was played: \(error)",
                whatToDo: "keep the folder with --data, and report it")
        }
        text += """

            What the rules made of it, where the story knows the truth. tuned: patterns that rules were written for;
            held out: others. kept: people's requests that stay people's; found: machines' that are called so.


            """
        text += TruthTable([("as served", check)]).text + "\n" + TruthTable(patternsOf: check).text
        if !arguments.once { text += "\nThe dashboard: http://\(server.admin)/\n" }
        do throws(SystemError) {
            try StandardStream.output.write(text)
        } catch {
            throw DemoFailure("standard output", error)
        }
    }
}
