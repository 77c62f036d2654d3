// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import OCI

/// Holds a rebuilt image against the published one, down to the first byte that differs.
struct ImageComparison {
    typealias Report = RebuildReport

    let release: ReleaseEvidence
    let repository: any RepositoryReader
    let rebuilt: Image
    let store: any BlobStore

    /// Bytes of one unpacked layer.
    private static let layerLimit = 4 << 30

    func report(checked: [String], notes: [String]) async throws -> Report {
        var report = Report(
            reference: release.reference, verdict: .identical, expected: release.index.digest, found: rebuilt.index.digest, platforms: [],
            differences: [], checked: checked, notes: notes)
        guard report.expected != report.found else {
            report.platforms = release.platforms.map {
                .init(platform: $0.platform, verdict: .identical, expected: $0.manifest.digest, found: $0.manifest.digest)
            }
            return report
        }
        report.verdict = .identicalContent
        for expected in release.platforms {
            guard let found = rebuilt.platforms.first(where: { $0.platform == expected.platform }) else {
                report.differences.append(Self.difference(expected.platform, "index", "platform", "present", "absent"))
                continue
            }
            let differences = try await compare(expected, found)
            report.differences += differences
            let verdict: Report.Verdict =
                expected.manifest.digest == found.manifest.digest ? .identical : differences.isEmpty ? .identicalContent : .different
            report.platforms.append(
                .init(platform: expected.platform, verdict: verdict, expected: expected.manifest.digest, found: found.manifest.digest))
        }
        for stranger in rebuilt.platforms where !release.platforms.contains(where: { $0.platform == stranger.platform }) {
            report.differences.append(Self.difference(stranger.platform, "index", "platform", "absent", "present"))
        }
        if report.differences.isEmpty { report.differences += try indexDifferences() }
        if !report.differences.isEmpty { report.verdict = .different }
        return report
    }

    private func compare(_ expected: ReleaseEvidence.PlatformRecord, _ found: PlatformImage) async throws -> [Report.Difference] {
        guard expected.manifest.digest != found.manifest.digest else { return [] }
        let platform = expected.platform
        let document = try ImageManifest(reading: try store.read(found.manifest.digest))
        // Layers first: what differs in them explains what differs above.
        let diffIDs = expected.config.rootfs.diffIDs
        if diffIDs.count != found.layers.count {
            return [Self.difference(platform, "configuration", "number of layers", "\(diffIDs.count)", "\(found.layers.count)")]
        }
        var differences: [Report.Difference] = []
        for (position, layer) in found.layers.enumerated() where layer.diffID != diffIDs[position] {
            differences.append(try await layerDifference(expected, position, layer, found.tree))
        }
        guard differences.isEmpty else { return differences }
        if expected.document.config.digest != document.config.digest {
            let bytes = try store.read(document.config.digest)
            return [try Self.jsonDifference(platform, "configuration", expected.configBytes, bytes)]
        }
        // What is left are the layers as they are packed: another compressor, which is no difference of content.
        var (left, right) = (expected.document, document)
        for index in left.layers.indices where right.layers.indices.contains(index) {
            guard left.layers[index].mediaType == right.layers[index].mediaType else { break }
            right.layers[index] = left.layers[index]
        }
        guard left != right else { return [] }
        return [try Self.jsonDifference(platform, "manifest", CanonicalJSON.encode(left), CanonicalJSON.encode(right))]
    }

    // The index over equal manifests may have other annotations.
    private func indexDifferences() throws -> [Report.Difference] {
        var found = try ImageIndex(reading: try store.read(rebuilt.index.digest))
        guard found.manifests.count == release.document.manifests.count else {
            return [
                .init(
                    platform: "all", place: "index", path: nil, owner: nil, field: "number of manifests",
                    expected: "\(release.document.manifests.count)", found: "\(found.manifests.count)", others: [])
            ]
        }
        for (position, descriptor) in release.document.manifests.enumerated() {
            // Their digests were dealt with.
            found.manifests[position].digest = descriptor.digest
            found.manifests[position].size = descriptor.size
        }
        guard found != release.document else { return [] }
        var difference = try Self.jsonDifference(
            .amd64, "index", CanonicalJSON.encode(release.document), CanonicalJSON.encode(found))
        difference.platform = "all"
        return [difference]
    }

    private func layerDifference(
        _ expected: ReleaseEvidence.PlatformRecord, _ position: Int, _ found: ImageLayer, _ tree: FileTree
    ) async throws -> Report.Difference {
        let place = "layer \(position + 1) (\(found.origin))"
        guard expected.document.layers.indices.contains(position), case let descriptor = expected.document.layers[position],
            let blob = try await repository.blob(descriptor.digest, limit: descriptor.size)
        else { return Self.difference(expected.platform, place, "layer", "present", "missing where it was published") }
        try descriptor.check(blob)
        let left = try LayerBytes.inflate(blob, descriptor.mediaType, limit: Self.layerLimit)
        let diffID = Digest.sha256(of: left)
        guard diffID == expected.config.rootfs.diffIDs[position] else {
            return Self.difference(
                expected.platform, place, "diff id of the published layer", "\(expected.config.rootfs.diffIDs[position])", "\(diffID)")
        }
        let right = try LayerBytes.inflate(
            try store.read(found.descriptor.digest), found.descriptor.mediaType, limit: Self.layerLimit)
        guard let first = TarDifference.first(between: left, and: right) else {
            return Self.difference(expected.platform, place, "diff id", "\(diffID)", "\(found.diffID)")
        }
        return Report.Difference(
            platform: expected.platform.description, place: place, path: first.path,
            owner: first.path.flatMap { path in tree.entries.first { $0.path == path }?.owner }, field: first.field,
            expected: first.expected, found: first.found, others: first.others)
    }

    private static func difference(
        _ platform: Platform, _ place: String, _ field: String, _ expected: String, _ found: String
    ) -> Report.Difference {
        .init(
            platform: platform.description, place: place, path: nil, owner: nil, field: field, expected: expected, found: found, others: [])
    }

    private static func jsonDifference(
        _ platform: Platform, _ place: String, _ expected: [UInt8], _ found: [UInt8]
    ) throws -> Report.Difference {
        let first = JSONDifference.first(between: try JSON.parse(expected), and: try JSON.parse(found))
        return difference(platform, place, first?.path ?? "bytes", first?.expected ?? "other bytes", first?.found ?? "other bytes")
    }
}

/// The first member in which two documents differ.
enum JSONDifference {
    static func first(between expected: JSON, and found: JSON, at path: String = "") -> (path: String, expected: String, found: String)? {
        guard expected != found else { return nil }
        switch (expected, found) {
        case (.object(let left), .object(let right)):
            for key in Set(left.keys).union(right.keys).sorted() {
                let place = path.isEmpty ? key : "\(path).\(key)"
                guard let a = left[key] else { return (place, "absent", right[key]?.canonicalText ?? "") }
                guard let b = right[key] else { return (place, a.canonicalText, "absent") }
                if let inner = first(between: a, and: b, at: place) { return inner }
            }
            return nil
        case (.array(let left), .array(let right)):
            for index in 0..<min(left.count, right.count) {
                if let inner = first(between: left[index], and: right[index], at: "\(path)[\(index)]") { return inner }
            }
            return ("\(path).count", "\(left.count)", "\(right.count)")
        default: return (path, String(expected.canonicalText.prefix(200)), String(found.canonicalText.prefix(200)))
        }
    }
}
