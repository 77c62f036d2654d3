// SPDX-License-Identifier: Apache-2.0
package import Base
import Transparency

/// Where a log is read from: its folder, or the address it is served at.
package protocol LogSource: Sendable {
    /// What people call it.
    var place: String { get }
    /// A file by its name in the log; nil when there is none. One of more than `limit` bytes is refused.
    func file(_ name: String, limit: Int) async throws -> [UInt8]?
}

extension LogFolder: LogSource {
    package var place: String { path }
    package func file(_ name: String, limit: Int) async throws -> [UInt8]? { try read(name, limit: limit) }
}

/// A log at an address: `https://log.example.org/log`.
package struct RemoteLog: LogSource {
    package let place: String
    private let transport: any HTTPTransport

    package init(_ address: String, transport: any HTTPTransport) {
        var address = address[...]
        while address.hasSuffix("/") { address.removeLast() }
        place = String(address)
        self.transport = transport
    }

    package func file(_ name: String, limit: Int) async throws -> [UInt8]? {
        let response = try await transport.send(WebRequest("GET", "\(place)/\(name)"), limit: limit)
        switch response.status {
        case 200: return response.body
        case 404, 410: return nil
        default: throw LedgerError.remote(url: "\(place)/\(name)", status: response.status)
        }
    }
}
