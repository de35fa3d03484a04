/// The limits of reading a link. They bound the work and the memory that one request can ask for.
package enum LinkLimits {
    /// Bytes of a query that are read, default 64 KiB: far above any request line that the server takes, so that only
    /// `explain`, which reads what a person typed, ever meets it.
    package static let queryBytesMax = 65_536

    /// Fields of a query that are read, empty ones not counted; a real link has about twenty, and a target that fell
    /// apart into fields some dozens.
    package static let fieldCountMax = 1_024

    /// Bytes of a decoded field other than the target that are kept. Longer ones are cut and noted.
    package static let fieldBytesMax = 256

    /// Bytes of a decoded `cuid` that name a person. A longer one is nobody: cut, it could be somebody else.
    package static let identifierBytesMax = 1_024

    /// Bytes of a target, decoded and again as sent in `Location`. Longer ones are unusable: a proxy in front with
    /// common buffers would answer a longer header with an error page of its own.
    package static let targetBytesMax = 8_192

    /// Bytes of an unusable target that are read for the event: the longest that it keeps, and an address.
    package static let storedTextBytesMax = 2_048 + addressBytesMax

    /// Bytes of an email address, its two parts of 64 and 255 and the at sign (RFC 5321, section 4.5.3.1). What is cut
    /// for an event is read so much further, so that an address at its end is seen as a whole and masked.
    package static let addressBytesMax = 320
}
