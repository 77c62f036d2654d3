// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md

/// What a path below `/v2/` names. Repositories have slashes, so paths are read from their end.
enum RegistryRoute: Equatable {
    case base
    case catalog
    case manifest(repository: String, reference: String)
    case blob(repository: String, digest: String)
    /// The place where uploads begin.
    case uploads(repository: String)
    /// One upload that has begun.
    case upload(repository: String, id: String)
    case tags(repository: String)
    case referrers(repository: String, digest: String)

    /// Reads a decoded path; nil when it is none of the registry's. Throws when the repository's name is malformed.
    init?(_ path: String) throws(RegistryRefusal) {
        if let plain = Self(plain: path) {
            self = plain
            return
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard parts.first == "v2" else { return nil }
        let segments = Array(parts.dropFirst())
        if segments.isEmpty || segments == [""] {
            self = .base
            return
        }
        if segments == ["_catalog"] {
            self = .catalog
            return
        }
        func name(dropping count: Int) throws(RegistryRefusal) -> String {
            let name = segments.dropLast(count).joined(separator: "/")
            guard RepositoryName.isWellFormed(name) else { throw .badName(name) }
            return name
        }
        if segments.count >= 4, segments[segments.count - 3] == "blobs", segments[segments.count - 2] == "uploads" {
            let name = try name(dropping: 3)
            let last = segments[segments.count - 1]
            self = last.isEmpty ? .uploads(repository: name) : .upload(repository: name, id: String(last))
            return
        }
        guard segments.count >= 3, let last = segments.last, !last.isEmpty else { return nil }
        switch segments[segments.count - 2] {
        case "manifests": self = .manifest(repository: try name(dropping: 2), reference: String(last))
        case "blobs" where last == "uploads": self = .uploads(repository: try name(dropping: 2))
        case "blobs": self = .blob(repository: try name(dropping: 2), digest: String(last))
        case "tags" where last == "list": self = .tags(repository: try name(dropping: 2))
        case "referrers": self = .referrers(repository: try name(dropping: 2), digest: String(last))
        default: return nil
        }
    }

    /// Most requests by far: a manifest or a blob of a well-formed repository, read without taking the path apart. nil for all others.
    private init?(plain path: String) {
        let bytes = path.utf8
        guard path.hasPrefix("/v2/"), let last = bytes.lastIndex(of: 0x2F), let before = bytes[..<last].lastIndex(of: 0x2F),
            let start = bytes.index(bytes.startIndex, offsetBy: 4, limitedBy: before), start < before
        else { return nil }
        let reference = path[path.index(after: last)...]
        let kind = path[path.index(after: before)..<last]
        let name = String(path[start..<before])
        // What ends in uploads, or names an upload, is read the long way.
        guard !reference.isEmpty, reference != "uploads", kind == "manifests" || kind == "blobs", RepositoryName.isWellFormed(name) else {
            return nil
        }
        self =
            kind == "manifests"
            ? .manifest(repository: name, reference: String(reference)) : .blob(repository: name, digest: String(reference))
    }

    /// The repository it is in; nil for the registry itself.
    var repository: String? {
        switch self {
        case .base, .catalog: nil
        case .manifest(let name, _), .blob(let name, _), .uploads(let name), .upload(let name, _), .tags(let name), .referrers(let name, _):
            name
        }
    }
}

/// distribution-spec 1.1.1, "Pulling manifests": the grammar of names.
enum RepositoryName {
    /// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*`, at most 255 characters.
    static func isWellFormed(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 255 else { return false }
        return name.utf8.split(separator: 0x2F, omittingEmptySubsequences: false).allSatisfy(isComponent)
    }

    private static func isComponent(_ component: Substring.UTF8View) -> Bool {
        var separator: [UInt8] = []
        var endsWithLetter = false
        for byte in component {
            switch byte {
            case 0x61...0x7A, 0x30...0x39:
                guard separator.isEmpty || (endsWithLetter && isSeparator(separator)) else { return false }
                if !separator.isEmpty { separator = [] }
                endsWithLetter = true
            case 0x2D, 0x2E, 0x5F:
                guard endsWithLetter else { return false }
                separator.append(byte)
            default: return false
            }
        }
        return endsWithLetter && separator.isEmpty
    }

    private static func isSeparator(_ bytes: [UInt8]) -> Bool {
        bytes == [0x2E] || bytes == [0x5F] || bytes == [0x5F, 0x5F] || bytes.allSatisfy { $0 == 0x2D }
    }
}

/// `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`
enum TagName {
    static func isWellFormed(_ tag: String) -> Bool {
        guard let first = tag.utf8.first, first != 0x2E, first != 0x2D, tag.utf8.count <= 128 else { return false }
        return tag.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2E, 0x2D: true
            default: false
            }
        }
    }
}
