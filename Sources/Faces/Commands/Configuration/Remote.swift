// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import OCI
import Publish
import Transport

/// A place in some registry, as people write it: `http://127.0.0.1:8080/python:3.13`, `registry.example/team/python@sha256:…`.
struct Remote {
    let client: RegistryClient
    let repository: RepositoryName
    /// Tag or digest; nil when none was written.
    let reference: String?

    /// - Parameter text: `http://` is taken as written; without a scheme it is https.
    init(_ text: String, transport: any HTTPTransport, environment: [String: String]) throws {
        var rest = text[...]
        var scheme = RegistryScheme.https
        if rest.hasPrefix("http://") {
            scheme = .http
            rest = rest.dropFirst(7)
        } else if rest.hasPrefix("https://") {
            rest = rest.dropFirst(8)
        }
        guard let slash = rest.firstIndex(of: "/"), case let host = rest[..<slash], !host.isEmpty else {
            throw CommandError.badReference(text, reason: "there is no host before a slash")
        }
        guard !host.contains("@") else {
            throw CommandError.badReference(
                String(rest[(rest.firstIndex(of: "@") ?? rest.startIndex)...]),
                reason: "user name and password do not belong into it, but into ASHLAR_REGISTRY_USER and ASHLAR_REGISTRY_PASSWORD")
        }
        var path = rest[rest.index(after: slash)...]
        var reference: String?
        if let at = path.firstIndex(of: "@") {
            reference = String(path[path.index(after: at)...])
            path = path[..<at]
        } else if let colon = path.lastIndex(of: ":") {
            reference = String(path[path.index(after: colon)...])
            path = path[..<colon]
        }
        self.reference = reference
        repository = try RepositoryName(String(path))
        var credentials: RegistryCredentials?
        if let user = environment["ASHLAR_REGISTRY_USER"], let password = environment["ASHLAR_REGISTRY_PASSWORD"] {
            credentials = .basic(user: user, password: password)
        }
        client = RegistryClient(registry: String(host), scheme: scheme, credentials: credentials, transport: transport)
    }
}
