// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import Blobs
import Inspect
import OCI
package import Records
import Resolve

/// Says what differs between two builds of a stream: by their locks, their configurations, their layers, and the ledger.
package struct ChangelogWriter: Sendable {
    /// The files of one platform of an image, which its digest names for ever.
    package struct ImageFiles: Sendable {
        package var files: [ForeignFile]
        package var unread: [Unread]
    }
    /// Gives what is remembered under a manifest's digest, or reads it.
    package typealias Memory = @Sendable (Digest, () throws -> ImageFiles) throws -> ImageFiles

    let records: RecordStore
    let blobs: FileBlobStore
    let memory: Memory
    private static let lockLimit = 64 << 20

    package init(records: RecordStore, blobs: FileBlobStore, memory: @escaping Memory = { _, read in try read() }) {
        self.records = records
        self.blobs = blobs
        self.memory = memory
    }

    /// - Parameter unpackedLimit: bytes of files on one platform up to which layers are looked into; nil looks into all.
    package func changelog(from old: Release, to new: Release, unpackedLimit: Int? = nil) throws -> BuildChangelog {
        let moments = try records.moments(of: [old.index, new.index])
        let (before, after) = (lock(old.lock), lock(new.lock))
        let moves = before.flatMap { before in after.map { Self.moves(LockDiff(from: before, to: $0)) } }
        var layers: [Digest: ScannedLayer] = [:]
        let names = Set((old.platforms + new.platforms).map(\.platform)).sorted()
        let platforms = try names.map { platform in
            let left = old.platforms.first { $0.platform == platform }
            let right = new.platforms.first { $0.platform == platform }
            guard let left, let right else {
                return BuildChangelog.Platform(platform: platform.description, presence: left == nil ? .added : .removed)
            }
            var changes = BuildChangelog.Platform(platform: platform.description, presence: .both)
            changes.packages = moves.map { $0[platform] ?? [] }
            if moves == nil { changes.notes.append("a lock cannot be read: what packages changed is not known") }
            // What cannot be read is told beside what can.
            do { try compare(left, right, unpackedLimit, &layers, into: &changes) } catch let error as any Diagnosable {
                changes.notes.append("not compared: \(error.diagnosis.summary)")
            }
            return changes
        }
        let (findings, note) = try findings(old, new)
        return BuildChangelog(
            image: "\(new.repository):\(new.stream)", from: side(old, moments), to: side(new, moments), platforms: platforms,
            findings: findings, findingsNote: note)
    }

    private func side(_ release: Release, _ moments: [Digest: RecordStore.BuildMoments]) -> BuildChangelog.Side {
        BuildChangelog.Side(
            tag: release.buildTag, version: release.version, digest: release.index.description,
            published: RemediationReader.published(moments[release.index]))
    }

    private func lock(_ digest: Digest) -> Lock? {
        guard let size = try? blobs.size(of: digest), size <= Self.lockLimit, let bytes = try? blobs.read(digest) else { return nil }
        return try? CanonicalJSON.decode(Lock.self, from: bytes)
    }

    // MARK: - Packages

    private static func moves(_ difference: LockDiff) -> [Platform: [BuildChangelog.PackageMove]] {
        Dictionary(difference.platforms.map { ($0.platform, $0.changes.compactMap(move)) }) { first, _ in first }
    }

    private static func move(_ change: LockDiff.Change) -> BuildChangelog.PackageMove? {
        func move(_ kind: BuildChangelog.PackageMove.Kind, _ from: LockedPackage?, _ to: LockedPackage?) -> BuildChangelog.PackageMove? {
            (to ?? from).map {
                .init(kind, name: $0.name, source: $0.source, from: from?.version, to: to?.version, archive: to?.archive)
            }
        }
        return switch change {
        case .added(let package): move(.added, nil, package)
        case .removed(let package): move(.removed, package, nil)
        case .upgraded(let from, let to): move(.upgraded, from, to)
        case .downgraded(let from, let to): move(.downgraded, from, to)
        case .replaced(let from, let to): move(.replaced, from, to)
        // Who asks for a package is in no image.
        case .moved(let from, let to): from.archive == to.archive && from.layer == to.layer ? nil : move(.moved, from, to)
        case .edited: nil
        }
    }

    // MARK: - Layers and configuration

    private func compare(
        _ left: ReleasePlatform, _ right: ReleasePlatform, _ limit: Int?, _ layers: inout [Digest: ScannedLayer],
        into changes: inout BuildChangelog.Platform
    ) throws {
        changes.sizes = [
            .init(name: "packedSize", title: "Size to pull", from: left.compressedSize, to: right.compressedSize, isBytes: true),
            .init(name: "size", title: "Size unpacked", from: left.unpackedSize, to: right.unpackedSize, isBytes: true),
            .init(name: "packages", title: "Packages", from: left.packageCount, to: right.packageCount, isBytes: false),
        ]
        let (a, b) = (try image(left.manifest), try image(right.manifest))
        changes.settings = Self.settings(a.config.config, b.config.config)
        if let limit, max(left.unpackedSize, right.unpackedSize) > limit {
            changes.notes.append("files are not compared here, since there are many; `ashlar changelog` compares them")
            return
        }
        var scanned = layers
        let old = try memory(left.manifest) { try files(a, &scanned) }
        let new = try memory(right.manifest) { try files(b, &scanned) }
        layers = scanned
        changes.files = Comparison.paths(old.files, new.files)
        changes.notes += (old.unread + new.unread).map { "not read: \($0.path): \($0.reason)" }
    }

    private struct OwnImage {
        var manifest: ImageManifest
        var config: ImageConfig
        var configBytes: [UInt8]
    }

    private func image(_ digest: Digest) throws -> OwnImage {
        let manifest = try ImageManifest(reading: try blobs.verified(digest))
        guard manifest.config.size <= ImageConfig.limit else {
            throw InspectError.tooMany(what: "bytes in the configuration", limit: ImageConfig.limit)
        }
        let bytes = try blobs.verified(manifest.config.digest)
        return OwnImage(manifest: manifest, config: try ImageConfig(reading: bytes), configBytes: bytes)
    }

    // Layers that both builds share are read once.
    private func files(_ image: OwnImage, _ layers: inout [Digest: ScannedLayer]) throws -> ImageFiles {
        let inspector = Inspector()
        let allowance = InspectionAllowance(inspector.limits)
        let settings = try ForeignConfig(reading: image.configBytes)
        let scanned = try image.manifest.layers.enumerated().map { number, layer in
            if let known = layers[layer.digest], known.number == number { return known }
            let scan = try blobs.map(layer.digest).withUnsafeBytes { bytes in
                let found = Digest.sha256(of: bytes)
                guard found == layer.digest else { throw OCIError.digestMismatch(expected: layer.digest, found: found) }
                var scan = try inspector.scan(bytes, number: number, sharing: allowance)
                scan.digest = found
                return scan
            }
            layers[layer.digest] = scan
            return scan
        }
        let inventory = try inspector.inventory(of: scanned, as: settings.subject(""), ports: settings.ports)
        return ImageFiles(files: inventory.files, unread: inventory.unread)
    }

    static func settings(_ a: RuntimeConfig?, _ b: RuntimeConfig?) -> [BuildChangelog.Setting] {
        var settings: [BuildChangelog.Setting] = []
        func add(_ name: String, _ from: String?, _ to: String?) {
            if from != to { settings.append(.init(name: name, from: from, to: to)) }
        }
        func line(_ words: [String]?) -> String? { words.flatMap { $0.isEmpty ? nil : $0.joined(separator: " ") } }
        func each(_ name: String, _ from: [String: String], _ to: [String: String]) {
            for key in Set(from.keys).union(to.keys).sorted() { add("\(name) \(key)", from[key], to[key]) }
        }
        func variables(_ config: RuntimeConfig?) -> [String: String] {
            Dictionary(
                (config?.environment ?? []).map { line in
                    let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                    return (parts[0], parts.count > 1 ? parts[1] : "")
                }
            ) { _, last in last }
        }
        func present(_ names: Set<String>?) -> [String: String] { Dictionary((names ?? []).map { ($0, "yes") }) { a, _ in a } }
        add("user", a?.user, b?.user)
        add("entrypoint", line(a?.entrypoint), line(b?.entrypoint))
        add("command", line(a?.command), line(b?.command))
        add("working directory", a?.workingDirectory, b?.workingDirectory)
        add("stop signal", a?.stopSignal, b?.stopSignal)
        each("environment", variables(a), variables(b))
        each("port", present(a?.exposedPorts), present(b?.exposedPorts))
        each("volume", present(a?.volumes), present(b?.volumes))
        each("label", a?.labels ?? [:], b?.labels ?? [:])
        return settings
    }

    // MARK: - Findings

    // By the same data where both were assessed with it: only then all that differs is the builds'.
    private func findings(_ old: Release, _ new: Release) throws -> (FindingChanges?, String) {
        let before = try records.observations(of: [old.index]).map(\.assessment)
        let after = try records.observations(of: [new.index]).map(\.assessment)
        guard let lastBefore = before.last, let lastAfter = after.last else {
            let missing = [before.isEmpty ? old.buildTag : nil, after.isEmpty ? new.buildTag : nil].compactMap(\.self)
            return (nil, "findings are not known: \(missing.joined(separator: " and ")) was never assessed")
        }
        let names = Set((lastBefore.feeds + lastAfter.feeds).filter { $0.state != .missing }.map(\.name))
        for assessment in after.reversed() {
            guard let same = before.last(where: { $0.dataName == assessment.dataName }) else { continue }
            return (
                FindingChanges(from: same, to: assessment, feeds: names),
                "both by the same data, assessed at \(same.assessed) and \(assessment.assessed)"
            )
        }
        return (
            FindingChanges(from: lastBefore, to: lastAfter, feeds: names),
            "by different data, assessed at \(lastBefore.assessed) and \(lastAfter.assessed): a difference may be that of the feeds"
        )
    }
}
