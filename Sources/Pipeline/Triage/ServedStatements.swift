// SPDX-License-Identifier: Apache-2.0

/// The files that a server answers with about vulnerabilities. Those in which its address stands are made one by one, when they are asked
/// for: whoever makes up names for the server makes it write one file, not all.
package struct ServedStatements: Sendable {
    static let csaf = ".well-known/csaf/"

    /// The same at every address.
    package internal(set) var fixed: [String: [UInt8]] = [:]
    /// Made for an address: `https://images.example`.
    var perAddress: [String: @Sendable (String) -> [UInt8]] = [:]

    package init() {}

    /// Nil when there is no such file at every address alike.
    package func made(_ path: String, at address: String) -> [UInt8]? { perAddress[path].map { $0(address) } }
    package func dependsOnAddress(_ path: String) -> Bool { perAddress[path] != nil }
}
