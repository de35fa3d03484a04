import Bytes
import HTTPEngine

/// Whom a request comes from and how, by whoever is to be believed: the connection's peer, the PROXY header that a
/// trusted one wrote, or the forwarding headers of one (`ForwardedClient`).
///
/// Who writes a PROXY header speaks for the whole connection, headers included: the address that it names is the one
/// that has to be trusted before forwarding headers are read.
struct RequestClient {
    /// What is kept of the address: `AddressRecorder`.
    var address: AddressRecorder.Words
    /// How the client reached the proxy in front.
    var scheme: ClientScheme
    /// The host that the client asked for, which is this edge's name.
    var host: ByteRange?

    /// What the connection and the request itself say.
    init(_ connection: ConnectionFacts, host: ByteRange?) {
        address = connection.room
        scheme = connection.scheme
        self.host = host
    }
}
