// SPDX-License-Identifier: Apache-2.0
// https://git-scm.com/docs/git-clone#_git_urls

/// Addresses of repositories as provenance names them (SPDX download locations): `git+https://host/path`.
package enum GitRemote {
    /// The address without user, password, query and fragment, all of which may hold a secret. Nil for one that only this machine
    /// understands.
    package static func uri(of address: String) -> String? {
        guard address.utf8.count <= 2048, address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        guard let scheme = address.firstRange(of: "://") else { return shortForm(address) }
        let name = address[..<scheme.lowerBound].lowercased()
        guard ["https", "http", "ssh", "git"].contains(name) else { return nil }
        let rest = address[scheme.upperBound...].prefix { $0 != "?" && $0 != "#" }
        guard let slash = rest.firstIndex(of: "/") else { return nil }
        return uri(scheme: name, host: withoutUser(rest[..<slash]), path: rest[rest.index(after: slash)...])
    }

    // `git@host:path`; a colon after the first slash belongs to a path of this machine.
    private static func shortForm(_ address: String) -> String? {
        guard let colon = address.firstIndex(of: ":"), !address[..<colon].contains("/") else { return nil }
        return uri(
            scheme: "ssh", host: withoutUser(address[..<colon]),
            path: address[address.index(after: colon)...].prefix { $0 != "?" && $0 != "#" })
    }

    private static func withoutUser(_ authority: Substring) -> Substring {
        authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
    }

    private static func uri(scheme: String, host: Substring, path: Substring) -> String? {
        let path = path.drop { $0 == "/" }
        guard !host.isEmpty, !path.isEmpty else { return nil }
        return "git+\(scheme)://\(host.lowercased())/\(path)"
    }
}
