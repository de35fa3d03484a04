import Engagement
import Testing

@Suite("Whether somebody said when messages were sent survives another clock")
struct SendsRecordTests {
    private func record(recorded: UInt64, sent: UInt64) -> SendsRecord {
        SendsRecord(
            recordedNanoseconds: recorded, sentNanoseconds: sent, sent: 1, selection: CampaignSelection(sec: "1"))
    }

    @Test("A time that nobody gave moves along")
    func untold() {
        var record = record(recorded: 5, sent: 5)
        #expect(!record.isTimeTold)
        record.recorded(atNanoseconds: 70)
        #expect(!record.isTimeTold && record.sentNanoseconds == 70 && record.recordedNanoseconds == 70)
    }

    @Test("A time that was given stays, and is told from the time of recording, be it the same", arguments: [70, 9, 6])
    func told(_ now: UInt64) {
        var record = record(recorded: 5, sent: 9)
        record.recorded(atNanoseconds: now)
        #expect(record.isTimeTold && record.sentNanoseconds == 9)
        #expect(record.recordedNanoseconds == (now == 9 ? 10 : now))
    }
}
