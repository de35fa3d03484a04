/// Every bound of the tool, with its reason.
package struct LoadLimits: Sendable {
    /// Longest wait for an answer, in nanoseconds; then it counts as `timeout` and the connection is closed. 5 s: an
    /// edge that needs longer has lost the person behind the click.
    package var timeoutNanoseconds: UInt64 = 5_000_000_000
    /// How long arrivals that are already late are still sent behind the end of an open loop, in nanoseconds. 1 s: an
    /// overloaded server's backlog would otherwise prolong the run without end. What is not sent counts all the same.
    package var lateSendNanoseconds: UInt64 = 1_000_000_000
    /// How long before a due arrival the loop stops sleeping and looks again and again, in nanoseconds. 50 us: about
    /// what waking up costs.
    package var spinNanoseconds: UInt64 = 50_000
    /// Most arrivals that are sent before answers are looked at again. 8: sending takes about 3 us each, and answers
    /// that wait meanwhile would look slow.
    package var arrivalsPerTurnMax = 8
    /// How long a connection that could not be made rests, in nanoseconds. 10 ms: a refused port is not hammered.
    package var reconnectNanoseconds: UInt64 = 10_000_000
    /// Time between two bytes of a slow client, in nanoseconds. 90 ms: its short request of about 90 bytes then takes
    /// 8 s, which an edge with the usual head timeout of 10 s must still answer.
    package var dripNanoseconds: UInt64 = 90_000_000
    /// Idle connections that are opened before the thread pauses a millisecond. 128: an accept queue is finite.
    package var idleBatchCount = 128
    /// Longest answer, in bytes. 64 KiB: the pages that a recipient may see have 2.
    package var responseBytesMax = 65_536
    /// Longest answer that is remembered and compared as a whole, in bytes. 4 KiB.
    package var rememberedBytesMax = 4_096

    /// The defaults.
    package init() {
    }
}
