// SPDX-License-Identifier: Apache-2.0
import Advisories
import Artifacts
import Assess
import Base
import Foundation
import Pipeline
import Records

/// What it costs to find the images that an advisory touches, in a store of its own.
struct Lookup {
    private var indexing = 0.0
    private var asking = 0.0
    private var slowest = 0.0
    private var asked = 0
    private var touched = 0
    private var widest = 0

    /// - Parameters:
    ///   - chosen: for each image the places of its packages.
    ///   - pairs: a file for what was found, so that another program can be asked the same.
    init(
        store: String, packages: [InstalledPackage], chosen: [[Int]], index: TrackerIndex, pairs: String?
    ) throws {
        let records = try RecordStore(folder: store)
        let parts = packages.map { ImageContents.Part($0) }
        // One package that every image has: the widest answer that there is.
        let common = packages.indices.max { a, b in
            Self.flaws(packages[a], index) < Self.flaws(packages[b], index)
        }
        let images = chosen.enumerated().map { number, places in
            let manifest = Digest.sha256(of: "image \(number)")
            let platform = ImageContents.Platform(
                platform: "linux/amd64", manifest: manifest, parts: (places + (common.map { [$0] } ?? [])).map { parts[$0] })
            return ImageContents(repository: "measured", image: manifest, platforms: [platform])
        }
        indexing = try ProcessorClock.measure { try records.index(images) }
        let reader = try RecordStore(folder: store, access: .readOnly)
        let finder = ImageFinder(records: reader, advisories: AdvisorySet(tracker: index))
        var names = stride(from: 0, to: index.rowCount, by: max(1, index.rowCount / 500)).compactMap { index.entry(ofRow: $0)?.advisory }
        if let common, let release = packages[common].ecosystem.release, let number = index.release(named: release) {
            let source = packages[common].source
            let rows = index.match(source: source.name, version: source.version, release: number).affected.joined()
            names += rows.prefix(50).compactMap { index.entry(ofRow: $0)?.advisory }
        }
        // The first question opens the database.
        for name in names.prefix(20) { _ = try finder.manifests(touchedBy: name) }
        var lines = ""
        let numbers = Dictionary(images.enumerated().map { ($0.element.image, $0.offset) }) { first, _ in first }
        for name in names {
            var found: HeldManifests?
            let time = try ProcessorClock.measure { found = try finder.manifests(touchedBy: name) }
            asking += time
            slowest = max(slowest, time)
            asked += 1
            touched += found?.count ?? 0
            widest = max(widest, found?.count ?? 0)
            if pairs != nil, let found { for manifest in found { lines += "\(name)\t\(numbers[manifest] ?? -1)\n" } }
        }
        if let pairs { try Data(lines.utf8).write(to: URL(filePath: pairs)) }
    }

    private static func flaws(_ package: InstalledPackage, _ index: TrackerIndex) -> Int {
        guard let release = package.ecosystem.release.flatMap({ index.release(named: $0) }) else { return 0 }
        return index.match(source: package.source.name, version: package.source.version, release: release).count
    }

    var json: JSON {
        [
            "index": .number(indexing), "asked": JSON(asked),
            "ask": .number(asking / Double(max(asked, 1))),
            "slowest": .number(slowest), "touched": JSON(touched), "widest": JSON(widest),
        ]
    }
}
