// SPDX-License-Identifier: Apache-2.0
import Base
import Crypto
import Glibc

/// What git knows of a folder: the commit that is checked out, and which files it holds below the folder.
package struct GitCheckout: Sendable, Hashable {
    package enum ObjectFormat: String, Sendable { case sha1, sha256 }

    /// The top of the working tree, to tell two repositories apart. Not for provenance: it is a path of this machine.
    package let top: String
    /// In hexadecimal.
    package let commit: String
    /// The folder below the top, with a slash at its end; empty for the top itself.
    package let prefix: String
    /// Where the repository is cloned from, without credentials: `git+https://example.org/catalog`; nil without such a remote.
    package let remote: String?
    let format: ObjectFormat
    /// Path below the folder -> object id; files only.
    let objects: [String: String]

    /// The paths below the folder that the commit holds, sorted.
    package var paths: [String] { objects.keys.sorted() }

    /// Whether the commit holds exactly these bytes at this path below the folder.
    ///
    /// The bytes that were read are compared, not what git remembers of the disk, so nothing can change in between.
    package func holds(_ path: String, _ bytes: [UInt8]) -> Bool {
        guard let expected = objects[path] else { return false }
        let header = Array("blob \(bytes.count)\0".utf8)
        switch format {
        case .sha1:
            var hash = Insecure.SHA1()
            hash.update(data: header)
            hash.update(data: bytes)
            return Hex.encode(hash.finalize()) == expected
        case .sha256: return Base.Digest.sha256(of: header + bytes).hex == expected
        }
    }
}

/// Asks the `git` program about a folder. Nothing the repository configures is run: no hook, no filter, no monitor, no network.
package struct GitReader: Sendable {
    private let toolbox: Toolbox

    package init(_ toolbox: Toolbox) { self.toolbox = toolbox }

    private static let outputLimit = 64 << 20

    /// What is checked out there; nil when git is absent, the folder lies in no repository, or nothing of it was ever committed.
    package func checkout(of folder: String) async throws -> GitCheckout? {
        guard let git = toolbox.find("git"), let path = Self.absolute(folder) else { return nil }
        guard
            let facts = try await answer(
                git, path, ["rev-parse", "--show-toplevel", "--show-object-format", "--show-prefix", "HEAD^{commit}"])
        else { return nil }
        let lines = String(decoding: facts, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 5, let format = GitCheckout.ObjectFormat(rawValue: String(lines[1])), Hex.decode(lines[3]) != nil else {
            return nil
        }
        async let tree = answer(git, path, ["ls-tree", "-r", "-z", String(lines[3])])
        async let remotes = answer(git, path, ["config", "--local", "-z", "--get-regexp", "^remote\\..*\\.url$"])
        guard let listing = try await tree, case let objects = Self.objects(in: listing), !objects.isEmpty else { return nil }
        return GitCheckout(
            top: String(lines[0]), commit: String(lines[3]), prefix: String(lines[2]),
            remote: Self.remote(in: try await remotes ?? []), format: format, objects: objects)
    }

    /// For every use of git here.
    static var environment: [String: String] {
        var environment = Program.cleanEnvironment
        // Whatever the user or the machine configured is none of our business, and replaced objects would be another history.
        for (name, value) in [
            ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_ATTR_NOSYSTEM", "1"),
            ("GIT_NO_REPLACE_OBJECTS", "1"), ("GIT_NO_LAZY_FETCH", "1"), ("GIT_OPTIONAL_LOCKS", "0"), ("GIT_TERMINAL_PROMPT", "0"),
        ] { environment[name] = value }
        return environment
    }

    static func options(_ folder: String) -> [String] {
        // A checkout may belong to another user, as volumes of containers do: nothing of it is run, so that does not matter.
        [
            "--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never", "-c",
            "safe.directory=*", "-C", folder,
        ]
    }

    private func answer(_ git: String, _ folder: String, _ arguments: [String]) async throws -> [UInt8]? {
        var program = Program(git, Self.options(folder) + arguments, environment: Self.environment, timeout: .seconds(30))
        program.outputLimit = Self.outputLimit
        let result = try await toolbox.run(program)
        return result.succeeded && !result.truncated ? result.stdout : nil
    }

    private static func absolute(_ folder: String) -> String? {
        guard let resolved = realpath(folder, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    // `<mode> SP <type> SP <object> TAB <path> NUL`. Links and submodules are no files of a catalog.
    private static func objects(in listing: [UInt8]) -> [String: String] {
        var objects: [String: String] = [:]
        for entry in listing.split(separator: 0) {
            guard let tab = entry.firstIndex(of: 0x09) else { continue }
            let words = String(decoding: entry[..<tab], as: UTF8.self).split(separator: " ")
            guard words.count == 3, words[0].hasPrefix("100"), words[1] == "blob" else { continue }
            objects[String(decoding: entry[(tab + 1)...], as: UTF8.self)] = String(words[2])
        }
        return objects
    }

    // `<key> LF <value> NUL`. The remote `origin`, or the only one.
    private static func remote(in listing: [UInt8]) -> String? {
        let pairs = listing.split(separator: 0).compactMap { entry -> (String, String)? in
            guard let feed = entry.firstIndex(of: 0x0A) else { return nil }
            return (String(decoding: entry[..<feed], as: UTF8.self), String(decoding: entry[(feed + 1)...], as: UTF8.self))
        }
        let chosen = pairs.first { $0.0 == "remote.origin.url" } ?? (pairs.count == 1 ? pairs.first : nil)
        return chosen.flatMap { GitRemote.uri(of: $0.1) }
    }
}
