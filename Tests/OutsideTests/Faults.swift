import Testing

/// Runs of the binary with real faults under its feet, while clients go on. One at a time: each has bounds of time to
/// hold.
@Suite("Real faults: redirects go on, readiness says what is wrong, and the accounts add up", .serialized)
enum Faults {}
