import Foundation
import TestSupport
import Testing

/// An nginx without TLS whose way to the edge a test writes itself.
final class PlainNginx {
    /// Where it listens.
    let port = freePortOfLoopback()
    private let process = SpawnedProcess()

    /// Starts it, and waits until it answers.
    ///
    /// - Parameters:
    ///   - upstream: what stands beside the server.
    ///   - location: what stands in its only location.
    init(in folder: String, upstream: String, location: String) throws {
        let configuration = folder + "/nginx.conf"
        try """
        pid \(folder)/nginx.pid; error_log \(folder)/error.log;
        events {}
        http {
          access_log off; client_body_temp_path \(folder)/b; proxy_temp_path \(folder)/p; fastcgi_temp_path \(folder)/f;
          uwsgi_temp_path \(folder)/u; scgi_temp_path \(folder)/s;
          \(upstream)
          server {
            listen 127.0.0.1:\(port);
            large_client_header_buffers 4 32k;
            location / { \(location) }
          }
        }
        """.write(toFile: configuration, atomically: true, encoding: .utf8)
        process.executableURL = URL(fileURLWithPath: "/usr/sbin/nginx")
        process.arguments = ["-p", folder, "-c", configuration, "-g", "daemon off; user root;"]
        process.standardError = FileHandle.nullDevice
        try process.run()
        try eventually("nginx listens") {
            try #require(process.isRunning)
            return (try? BlockingHTTPClient(port: port)) != nil
        }
    }

    /// Ends it.
    func end() {
        process.terminate()
        process.waitUntilExit()
    }
}
