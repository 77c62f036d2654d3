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
            let path = "\(advisory.released.dateText.prefix(4))/\(CSAF.fileName(of: advisory.identifier))"
            let name = path.dropFirst(5)
            files["white/\(path)"] = advisory.bytes
            files["white/\(path).sha256"] = Array("\(Digest.sha256(of: advisory.bytes).hex)  \(name)\n".utf8)
            listed.append((path, advisory.updated))
        }
        let lines = listed.map(\.path).sorted().map { $0 + "\n" }
        let changes = listed.sorted { ($1.updated, $0.path) < ($0.updated, $1.path) }.map { "\"\($0.path)\",\"\($0.updated)\"\n" }
        files["white/index.txt"] = Array(lines.joined().utf8)
        files["white/changes.csv"] = Array(changes.joined().utf8)
        let updated = advisories.map(\.updated).max() ?? Timestamp(seconds: 0)
        files["provider-metadata.json"] = metadata(updated: updated).prettyBytes
        return files
    }
}
