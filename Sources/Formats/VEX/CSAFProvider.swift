// SPDX-License-Identifier: Apache-2.0
// https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html, 7.1
package import Base

/// What a folder of advisories is called and where it lies, for tools that look for it.
package struct CSAFProvider: Hashable, Sendable {
    package var publisher: CSAFPublisher
    /// Where `provider-metadata.json` is served: `https://HOST/.well-known/csaf/provider-metadata.json`.
    package var address: String
    package init(publisher: CSAFPublisher, address: String) {
        self.publisher = publisher
        self.address = address
    }

    private var folder: String { address.lastIndex(of: "/").map { String(address[...$0]) } ?? address }

    /// `provider-metadata.json`. The role is that of a publisher: what more a provider promises (TLS, signatures of every file) is
    /// in the hands of who serves the folder.
    package func metadata(updated: Timestamp) -> JSON {
        [
            "canonical_url": JSON(address), "last_updated": JSON(updated.description), "metadata_version": "2.0",
            "list_on_CSAF_aggregators": false, "mirror_on_CSAF_aggregators": false, "role": "csaf_publisher",
            "publisher": publisher.json, "distributions": [["directory_url": JSON(folder + "white/")]],
        ]
    }

    /// A whole folder to serve: metadata, advisories by year with their hashes, `index.txt` and `changes.csv` (7.1.11 to 7.1.14).
    package func files(_ advisories: [(identifier: String, released: Timestamp, updated: Timestamp, bytes: [UInt8])]) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        var listed: [(path: String, updated: Timestamp)] = []
        for advisory in advisories {
            let path = Self.path(of: advisory.identifier, released: advisory.released)
            files[path] = advisory.bytes
            files[path + ".sha256"] = Self.hash(of: advisory.bytes, at: path)
            listed.append((path, advisory.updated))
        }
        files.merge(Self.lists(listed)) { first, _ in first }
        let updated = advisories.map(\.updated).max() ?? Timestamp(seconds: 0)
        files["provider-metadata.json"] = metadata(updated: updated).prettyBytes
        return files
    }

    /// Where an advisory lies in the folder: `white/2026/name.json`.
    package static func path(of identifier: String, released: Timestamp) -> String {
        "white/\(released.dateText.prefix(4))/\(CSAF.fileName(of: identifier))"
    }

    /// The file of a hash beside an advisory (7.1.18).
    package static func hash(of bytes: [UInt8], at path: String) -> [UInt8] {
        Array("\(Digest.sha256(of: bytes).hex)  \(path.split(separator: "/").last ?? "")\n".utf8)
    }

    /// `index.txt` and `changes.csv`: the same wherever the folder is served.
    package static func lists(_ advisories: [(path: String, updated: Timestamp)]) -> [String: [UInt8]] {
        let listed = advisories.map { (path: String($0.path.dropFirst("white/".count)), updated: $0.updated) }
        let lines = listed.map(\.path).sorted().map { $0 + "\n" }
        let changes = listed.sorted { ($1.updated, $0.path) < ($0.updated, $1.path) }.map { "\"\($0.path)\",\"\($0.updated)\"\n" }
        return ["white/index.txt": Array(lines.joined().utf8), "white/changes.csv": Array(changes.joined().utf8)]
    }
}
