// SPDX-License-Identifier: Apache-2.0
// https://github.com/aquasecurity/vex-repo-spec (0.1)
package import Base
package import SBOM

/// A VEX repository: a manifest that says where an archive is, and the archive with an index and one document for each package.
package struct VEXRepository: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        /// A package URL without version; of an image its `repository_url` stays.
        package var id: String
        /// Inside the archive: `pkg/oci/python/vex.json`.
        package var location: String
        /// `openvex` or `csaf`.
        package var format: String
        package init(id: String, location: String, format: String = "openvex") {
            self.id = id
            self.location = location
            self.format = format
        }
    }
    package var entries: [Entry]
    package var updated: Timestamp?

    package init(entries: [Entry], updated: Timestamp?) {
        self.entries = entries.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
        self.updated = updated
    }

    /// The id of a package in an index: version, subpath and every qualifier but an image's `repository_url` are left out.
    package static func id(of purl: PackageURL) -> String {
        let kept = purl.type == "oci" ? purl.qualifiers.filter { $0.key == "repository_url" } : [:]
        let general = try? PackageURL(type: purl.type, namespace: purl.namespace, name: purl.name, qualifiers: kept)
        return general?.description ?? purl.description
    }

    /// `index.json` of the archive.
    package var index: JSON {
        var json: [String: JSON] = [
            "packages": .array(
                entries.map { ["id": JSON($0.id), "location": JSON($0.location), "format": JSON($0.format)] })
        ]
        json["updated_at"] = updated.map { JSON($0.description) }
        return .object(json)
    }

    /// `vex-repository.json`, served below `/.well-known/`.
    package static func manifest(name: String, description: String, archives: [String], updateInterval: String = "24h") -> JSON {
        [
            "name": JSON(name), "description": JSON(description),
            "versions": [
                [
                    "spec_version": "0.1", "update_interval": JSON(updateInterval),
                    "locations": .array(archives.map { ["url": JSON($0)] }),
                ]
            ],
        ]
    }

    /// Reads the `index.json` of somebody's archive; entries that lead out of it are refused.
    package static func read(index bytes: [UInt8], limit: Int = 32 << 20) throws -> (repository: VEXRepository, refused: [String]) {
        var limits = VEXLimits()
        limits.bytes = limit
        let json = try VEXFields.parse(bytes, limits)
        guard let items = json["packages"]?.array else {
            throw VEXError.malformed(at: "packages", expected: "a list", found: VEXFields.described(json["packages"]))
        }
        guard items.count <= limits.statements else { throw VEXError.tooMany(what: "packages", limit: limits.statements) }
        var entries: [Entry] = []
        var refused: [String] = []
        for (position, item) in items.enumerated() {
            guard let id = item["id"]?.string, id.utf8.count <= PackageURL.limit, (try? PackageURL(id)) != nil else {
                refused.append("packages[\(position)]: expected a package URL as id, found \(VEXFields.described(item["id"]))")
                continue
            }
            guard let location = item["location"]?.string, isInside(location) else {
                refused.append("packages[\(position)]: expected a path inside the archive, found \(VEXFields.described(item["location"]))")
                continue
            }
            entries.append(Entry(id: id, location: location, format: item["format"]?.string ?? "openvex"))
        }
        return (VEXRepository(entries: entries, updated: json["updated_at"]?.string.flatMap { Timestamp(rfc3339: $0) }), refused)
    }

    /// Reads somebody's `vex-repository.json`: the addresses of its archives for version 0.1, with the folder inside each.
    package static func read(manifest bytes: [UInt8]) throws -> (name: String, archives: [(url: String, folder: String)]) {
        var limits = VEXLimits()
        limits.bytes = 1 << 20
        let json = try VEXFields.parse(bytes, limits)
        let known = json["versions"]?.array?.first { ["0.1", "v0.1"].contains($0["spec_version"]?.string ?? "") }
        guard let name = json["name"]?.string, let known else {
            throw VEXError.otherFormat(expected: "a VEX repository of version 0.1", found: VEXFields.described(json["versions"]))
        }
        let archives: [(url: String, folder: String)] = (known["locations"]?.array ?? []).prefix(100).compactMap { location in
            guard let url = location["url"]?.string, url.hasPrefix("https://") else { return nil }
            // `https://host/archive.tar.gz//folder` names a folder inside the archive.
            let parts = url.dropFirst(8).split(separator: "//", maxSplits: 1)
            return parts.first.map { ("https://" + $0, parts.count > 1 ? String(parts[1]) : "") }
        }
        return (String(name.prefix(200)), archives)
    }

    private static func isInside(_ path: String) -> Bool {
        !path.isEmpty && path.utf8.count <= 4096 && !path.hasPrefix("/") && !path.utf8.contains(0) && !path.utf8.contains(0x5C)
            && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
    }
}
