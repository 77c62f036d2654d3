// SPDX-License-Identifier: Apache-2.0
package import Base
package import Blobs
import OCI
package import Records

/// Something in a store that is not as it was written.
package enum StoreFault: Hashable, Sendable {
    case damagedBlob(Digest)
    /// Records name a blob that is not on the disk.
    case lostBlob(Digest, neededBy: [String])
    case sizeDiffers(Digest, repository: String, recorded: Int, found: Int)
    /// A manifest's own list disagrees with what its repository holds.
    case partNotHeld(repository: String, manifest: Digest, part: String)
    case record(RecordFault)

    package var text: String {
        switch self {
        case .damagedBlob(let digest): "the bytes of \(digest) are not those it was stored with"
        case .lostBlob(let digest, let places): "\(digest) is not on the disk; it is needed by \(places.joined(separator: ", "))"
        case .sizeDiffers(let digest, let repository, let recorded, let found):
            "\(repository) records \(recorded) bytes for \(digest), the disk has \(found)"
        case .partNotHeld(let repository, let manifest, let part): "\(repository) holds \(manifest), but not its part \(part)"
        case .record(.database(let text)): "the database says: \(text)"
        case .record(.tagWithoutManifest(let repository, let tag, let digest)):
            "the tag \(repository):\(tag) names \(digest), which \(repository) does not hold"
        case .record(.referenceNotHeld(let repository, let manifest, let reference)):
            "\(repository) holds \(manifest), but not its part \(reference)"
        case .record(.releaseWithoutIndex(let repository, let tag, let digest)):
            "the release \(repository):\(tag) is \(digest), which \(repository) does not hold"
        case .record(.malformed(let table, let text)): "a row of \(table) cannot be read: \(text)"
        }
    }
}

/// Reads every byte of a store and compares it with its name, and every record with every other and with the disk.
package struct StoreChecker: Sendable {
    let blobs: FileBlobStore
    let records: RecordStore

    package init(blobs: FileBlobStore, records: RecordStore) {
        self.blobs = blobs
        self.records = records
    }

    package struct Report: Hashable, Sendable {
        package var blobs = 0
        package var bytes = 0
        package var repositories = 0
        package var manifests = 0
        package var faults: [StoreFault] = []
    }

    /// - Parameter progress: called with the number of blobs that were read.
    package func check(parallelism: Int, progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }) async throws -> Report {
        var report = Report()
        let digests = blobs.digests()
        let blobs = blobs
        let results = try await Array(digests.enumerated()).concurrentMap(limit: parallelism) {
            index, digest -> (size: Int, isSound: Bool) in
            if index % 64 == 0 { progress(index, digests.count) }
            let size = (try? blobs.size(of: digest)) ?? 0
            do {
                return (size, try blobs.computedDigest(of: digest) == digest)
            } catch BlobsError.missing {
                // It was collected since it was listed.
                return (0, true)
            }
        }
        report.blobs = digests.count
        report.bytes = results.map(\.size).reduce(0, +)
        report.faults += zip(digests, results).filter { !$0.1.isSound }.map { StoreFault.damagedBlob($0.0) }
        try checkRecords(damaged: Set(zip(digests, results).filter { !$0.1.isSound }.map(\.0)), &report)
        return report
    }

    private func checkRecords(damaged: Set<Digest>, _ report: inout Report) throws {
        report.faults += try records.faults().map(StoreFault.record)
        var lost: [Digest: [String]] = [:]
        for holdings in try records.holdings() {
            report.repositories += 1
            report.manifests += holdings.manifests.count
            let held = Set(holdings.blobs).union(holdings.manifests.keys)
            for digest in holdings.blobs where try blobs.size(of: digest) == nil { lost[digest, default: []].append(holdings.repository) }
            for (digest, size) in holdings.manifests.sorted(by: { $0.key < $1.key }) {
                guard let found = try blobs.size(of: digest) else {
                    lost[digest, default: []].append(holdings.repository)
                    continue
                }
                if found != size {
                    report.faults.append(.sizeDiffers(digest, repository: holdings.repository, recorded: size, found: found))
                } else if !damaged.contains(digest) {
                    try checkParts(of: digest, in: holdings.repository, held: held, &report)
                }
            }
        }
        report.faults += lost.sorted { $0.key < $1.key }.map { StoreFault.lostBlob($0.key, neededBy: $0.value) }
    }

    private func checkParts(of digest: Digest, in repository: String, held: Set<Digest>, _ report: inout Report) throws {
        guard let stored = try records.manifest(digest, in: repository) else { return }
        guard let manifest = try? PushedManifest(reading: blobs.read(digest), as: stored.mediaType) else {
            report.faults.append(.record(.malformed(table: "manifests", text: "\(digest) in \(repository) is not a manifest")))
            return
        }
        // What nobody asked the mirror for is still at the other registry.
        guard try !records.isMirrored(digest, in: repository) else { return }
        // What a pushed index lists may be deleted: then it lists more than there is.
        if manifest.kind == .index, !stored.isPublished { return }
        for part in manifest.references where !part.mayBeElsewhere {
            guard let name = try records.digest(of: part.address), held.contains(name) else {
                report.faults.append(.partNotHeld(repository: repository, manifest: digest, part: part.address.description))
                continue
            }
        }
    }

    /// Mends what can be mended without a copy: damaged blobs are set aside, and pushed content whose bytes are lost goes out of the
    /// records, so that it can be pushed again. Says what was done.
    package func repair(_ report: Report) throws -> [String] {
        var done: [String] = []
        if report.faults.contains(where: { if case .record(.database) = $0 { true } else { false } }) {
            try records.rebuildIndexes()
            done.append("built the database's indexes anew")
        }
        var suspects: [Digest] = []
        var damaged: [Digest: FileIdentity] = [:]
        for fault in report.faults {
            switch fault {
            case .damagedBlob(let digest):
                // It may have been pushed again since it was read.
                guard let file = try blobs.damagedFile(digest) else { continue }
                damaged[digest] = file
                suspects.append(digest)
            case .lostBlob(let digest, _): suspects.append(digest)
            default: continue
            }
        }
        let rows = try records.dropLost(suspects) { digest in
            guard let file = damaged[digest] else { return try !blobs.contains(digest) }
            guard let path = try blobs.setAside(digest, ifStill: file) else { return false }
            done.append("set \(digest) aside: \(path)")
            return true
        }
        if rows > 0 { done.append("took \(rows) rows about lost content out of the records") }
        return done
    }
}
