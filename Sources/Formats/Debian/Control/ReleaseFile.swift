// SPDX-License-Identifier: Apache-2.0
// https://wiki.debian.org/DebianRepository/Format#A.22Release.22_files
package import Base

/// What an archive says about itself and the digests of its index files.
///
/// Reading it proves nothing: check the signature of the same bytes first.
package struct ReleaseFile: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        /// Relative to the directory of the Release file: `main/binary-amd64/Packages.xz`.
        package var path: String
        package var digest: Digest
        package var size: Int

        /// Where the same bytes stay when the archive changes: `main/binary-amd64/by-hash/SHA256/<hex>`.
        package var byHashPath: String {
            let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
            return "\(directory)by-hash/SHA256/\(digest.hex)"
        }
    }

    package var origin: String?
    package var label: String?
    package var suite: String?
    package var codename: String?
    package var version: String?
    package var date: Timestamp
    /// Nil when the archive promises nothing about its freshness.
    package var validUntil: Timestamp?
    package var acquireByHash: Bool
    package var architectures: [String]
    package var components: [String]
    /// Path -> digest and size, from the SHA256 list. Weaker lists are not read.
    package var files: [String: Entry]

    /// Reads InRelease: only what stands inside the signed part.
    package init(inRelease bytes: [UInt8]) throws(DebianError) {
        try self.init(release: try ClearsignedMessage.body(of: bytes))
    }

    /// Reads the text of Release, which a detached signature or the body of InRelease vouches for.
    package init(release bytes: [UInt8]) throws(DebianError) {
        let owner = "Release"
        let paragraph = try Deb822.onlyParagraph(bytes, of: owner)
        origin = paragraph["Origin"]
        label = paragraph["Label"]
        suite = paragraph["Suite"]
        codename = paragraph["Codename"]
        version = paragraph["Version"]
        date = try Self.time("Date", try paragraph.required("Date", of: owner))
        if let text = paragraph["Valid-Until"] { validUntil = try Self.time("Valid-Until", text) }
        acquireByHash = paragraph["Acquire-By-Hash"] == "yes"
        architectures = (paragraph["Architectures"] ?? "").split(separator: " ").map(String.init)
        components = (paragraph["Components"] ?? "").split(separator: " ").map(String.init)
        files = [:]
        _ = try paragraph.required("SHA256", of: owner)
        for line in paragraph.lines("SHA256") {
            let entry = try Self.entry(line)
            if let other = files[entry.path], other != entry { throw .badField("SHA256", of: owner, value: String(line)) }
            files[entry.path] = entry
        }
    }

    /// The index of binary packages of one component and architecture in the form that is smallest to fetch: xz, gz, plain.
    package func packages(component: String, architecture: String) -> Entry? {
        let stem = "\(component)/binary-\(architecture)/Packages"
        return files[stem + ".xz"] ?? files[stem + ".gz"] ?? files[stem]
    }

    private static func time(_ field: String, _ text: String) throws(DebianError) -> Timestamp {
        guard let time = Timestamp(release: text) else { throw .badField(field, of: "Release", value: text) }
        return time
    }

    private static func entry(_ line: Substring) throws(DebianError) -> Entry {
        // By bytes: the list has thousands of lines, and to find characters in them would take most of the time of reading it.
        let words = line.utf8.split { $0 == 0x20 || $0 == 0x09 }.map(Substring.init)
        guard words.count == 3, let digest = Digest(hex: words[0]), let size = Int(words[1]), size >= 0,
            RelativePath.isSafe(String(words[2]))
        else { throw .badField("SHA256", of: "Release", value: String(line)) }
        return Entry(path: String(words[2]), digest: digest, size: size)
    }
}

/// Paths below a mirror that are put into addresses and file names.
package enum RelativePath {
    /// Relative, printable ASCII without space, `\`, `?` and `#`, no empty, `.` or `..` segment, at most 1024 bytes.
    package static func isSafe(_ path: String) -> Bool {
        var copy = path
        return copy.withUTF8 { isSafe(UnsafeRawBufferPointer($0)) }
    }

    static func isSafe(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !bytes.isEmpty, bytes.count <= 1024 else { return false }
        var segment = 0
        var dots = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if byte == 0x2F {
                if segment == 0 || (segment == dots && dots <= 2) { return false }
                segment = 0
                dots = 0
                continue
            }
            if byte <= 0x20 || byte >= 0x7F || byte == 0x5C || byte == 0x3F || byte == 0x23 { return false }
            segment += 1
            if byte == 0x2E { dots += 1 }
        }
        return segment > 0 && !(segment == dots && dots <= 2)
    }
}
