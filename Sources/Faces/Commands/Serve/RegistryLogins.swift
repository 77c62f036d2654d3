// SPDX-License-Identifier: Apache-2.0
// https://docs.docker.com/reference/cli/docker/login/ and containers-auth.json(5)
import Base
import Foundation
import Publish

/// Names and passwords of registries in a file as docker and podman write it: `{"auths":{"<host>":{"auth":"<base64>"}}}`.
struct RegistryLogins {
    private let entries: [String: JSON]
    private let file: String

    init(file: String) throws {
        self.file = file
        var status = stat()
        guard stat(file, &status) == 0 else { throw Self.problem(file, "no such file") }
        // A group may read it, as where secrets are mounted; others may not.
        guard status.st_mode & 0o007 == 0 else { throw Self.problem(file, "one that everybody on this machine may read; chmod o= it") }
        guard status.st_size <= 1 << 20, let data = FileManager.default.contents(atPath: file) else {
            throw Self.problem(file, "a file that cannot be read")
        }
        guard let json = try? JSON.parse(Array(data), limit: 1 << 20), let auths = json["auths"]?.object else {
            throw Self.problem(file, "no member auths; helpers that keep passwords elsewhere are not asked")
        }
        entries = auths
    }

    /// What the file has for a host. The names under which docker keeps its own registry are one.
    func credentials(for host: String) throws -> RegistryCredentials {
        let found = entries.sorted { $0.key < $1.key }.first { Self.name(of: $0.key) == Self.name(of: host) }
        guard let entry = found?.value else { throw Self.problem(file, "no entry for \(host)") }
        if let token = entry["registrytoken"]?.string, !token.isEmpty { return .bearer(token: token) }
        if let user = entry["username"]?.string, let password = entry["password"]?.string, !user.isEmpty {
            return .basic(user: user, password: password)
        }
        guard let text = entry["auth"]?.string, let bytes = Base64.decode(text),
            let login = String(validating: bytes, as: UTF8.self), let colon = login.firstIndex(of: ":"), colon != login.startIndex
        else { throw Self.problem(file, "no name and password for \(host)") }
        return .basic(user: String(login[..<colon]), password: String(login[login.index(after: colon)...]))
    }

    private static func name(of host: String) -> String {
        var rest = host.lowercased()[...]
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        let name = String(rest.prefix { $0 != "/" })
        return name.hasSuffix(".docker.io") ? "docker.io" : name
    }

    private static func problem(_ file: String, _ found: String) -> CommandError {
        .badSetting(
            key: "serve.mirrors.credentials", expected: "a file as docker login writes it, with the registry's host, name and password",
            found: "\(found) (\(file))")
    }
}
