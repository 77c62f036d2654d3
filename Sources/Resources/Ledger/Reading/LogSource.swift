// SPDX-License-Identifier: Apache-2.0
package import Base
package import Transparency

/// Where a log is read from: its folder, or the address it is served at.
package protocol LogSource: Sendable {
    /// What people call it.
    var place: String { get }
    /// A file by its name in the log; nil when there is none. One of more than `limit` bytes is refused.
    func file(_ name: String, limit: Int) async throws -> [UInt8]?
    /// Every partial tile and bundle it holds, also those that fuller ones took the place of; none where that cannot be listed.
    func partialTiles() throws -> [TilePath]
}

extension LogSource {
    package func partialTiles() throws -> [TilePath] { [] }
}

extension LogFolder: LogSource {
    package var place: String { path }
    package func file(_ name: String, limit: Int) async throws -> [UInt8]? { try read(name, limit: limit) }
    package func partialTiles() throws -> [TilePath] { try names(below: "tile").compactMap { TilePath($0) }.filter(\.isPartial) }
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
