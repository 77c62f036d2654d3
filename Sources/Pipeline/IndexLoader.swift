// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import Blobs
package import Debian
package import OCI
package import Records
package import Tools
package import Transport

/// The signed indexes of a suite, verified and ready to be asked.
package struct ArchiveIndexes: Sendable {
    /// In the suite's order of archives.
    package var byPlatform: [Platform: [(archive: String, index: PackageIndex)]]
    /// Which signed index vouched, for provenance.
    package var evidence: [IndexEvidence]
    /// How long the suite lets a lock outlive its packages in the archive.
    package var maximumLockAgeDays = Suite.defaultLockAgeDays
}

/// Gets and verifies the indexes of a suite: signature, freshness, no step back in time, digests.
///
/// Verification comes before parsing: the body of a Release file is read only after `gpgv` accepted it, an index only
/// after its digest was found in that body.
package struct IndexLoader: Sendable {
    package enum Reach: Sendable { case network, storeOnly }

    let catalog: CatalogFolder
    let blobs: FileBlobStore
    let records: RecordStore
    let cache: CacheFolder
    let transport: any HTTPTransport
    let mirror: Mirror?
    let trust: ArchiveTrust
    let now: Timestamp
    let reach: Reach
    /// Archives whose staleness is accepted for a stated reason.
    let allowStale: [String: String]

    /// - Parameters:
    ///   - mirror: nil when nothing may be fetched.
    ///   - now: the moment against which validity is judged.
    package init(
        catalog: CatalogFolder, blobs: FileBlobStore, records: RecordStore, cache: CacheFolder, transport: any HTTPTransport,
        mirror: Mirror?, trust: ArchiveTrust, now: Timestamp, reach: Reach, allowStale: [String: String]
    ) {
        self.catalog = catalog
        self.blobs = blobs
        self.records = records
        self.cache = cache
        self.transport = transport
        self.mirror = mirror
        self.trust = trust
        self.now = now
        self.reach = reach
        self.allowStale = allowStale
    }

    private static let releaseLimit = 8 << 20
    private static let indexLimit = 256 << 20
    // Each needs some 90 MiB.
    private static let buildsAtOnce = 2

    /// An index of one archive and platform: open already, or packed in the store.
    private struct IndexSource: Sendable {
        var archive: String
        var platform: Platform
        var file: PackagesFile
        var key: String
        var opened: PackageIndex?
    }

    package func load(_ suite: Suite, platforms: [Platform]) async throws -> ArchiveIndexes {
        // At the same time: most of it is waiting, for gpgv and for the mirror.
        let releases = try await suite.archives.concurrentMap(limit: suite.archives.count) { try await release($0) }
        var sources: [IndexSource] = []
        // One after the other: archives may hold equal indexes, and a file is downloaded by one task at a time.
        for (archive, (release, _)) in zip(suite.archives, releases) {
            for platform in platforms { sources.append(try await source(archive, release, platform)) }
        }
        let indexes = try await sources.concurrentMap(limit: Self.buildsAtOnce) { try $0.opened ?? build($0.file.digest, as: $0.key) }
        var evidence = releases.map(\.1)
        for index in evidence.indices {
            evidence[index].packages = sources.filter { $0.archive == evidence[index].archive }.map(\.file)
        }
        var loaded = ArchiveIndexes(byPlatform: [:], evidence: evidence, maximumLockAgeDays: suite.maximumLockAgeDays)
        for (source, index) in zip(sources, indexes) { loaded.byPlatform[source.platform, default: []].append((source.archive, index)) }
        return loaded
    }

    // The mirror's address may hold a password.
    private static func shown(_ url: String) -> String { (try? WebAddress(url))?.shown ?? "the mirror" }

    // MARK: - Release files

    private func release(_ archive: SuiteArchive) async throws -> (ReleaseFile, IndexEvidence) {
        let bytes = try await inRelease(archive)
        let keyring = try catalog.readFile("suites/" + archive.keyring)
        let index = try await SignedIndex.verify(bytes, of: archive, keyring: keyring, trust: trust)
        let (release, vouching) = (index.release, index.vouching)
        let staleness = try freshness(of: release, archive)
        try blobs.write(bytes)
        let rollback = try remember(release, archive, sha256: vouching.sha256)
        let waivers = [staleness, rollback].compactMap(\.self)
        return (
            release,
            IndexEvidence(
                archive: archive.suite, path: vouching.path, sha256: vouching.sha256, date: release.date.description,
                validUntil: release.validUntil?.description, signedBy: vouching.signedBy,
                waiver: waivers.isEmpty ? nil : waivers.joined(separator: "; "))
        )
    }

    private func inRelease(_ archive: SuiteArchive) async throws -> [UInt8] {
        guard reach == .network, let mirror else {
            guard let seen = try records.seenIndex(of: archive.suite), let digest = Digest(hex: seen.sha256),
                try blobs.size(of: digest) != nil
            else {
                throw IndexError.unavailable(what: "the index of \(archive.suite) in the store", status: 0, source: "--offline")
            }
            return try blobs.read(digest)
        }
        let url = try mirror.url(suite: archive.suite, base: archive.base, path: "dists/\(archive.suite)/InRelease")
        let response = try await transport.send(WebRequest("GET", url), limit: Self.releaseLimit)
        guard response.status == 200 else {
            throw IndexError.unavailable(what: "the signed index of \(archive.suite)", status: response.status, source: Self.shown(url))
        }
        // A portal's page is not a forged index: what helps is different.
        if response.headers["content-type"]?.lowercased().hasPrefix("text/html") == true {
            throw TransportError.htmlAnswer(Self.shown(url))
        }
        return response.body
    }

    // The reason under which a stale index is used; nil for a fresh one.
    private func freshness(of release: ReleaseFile, _ archive: SuiteArchive) throws -> String? {
        let age = now.seconds - release.date.seconds
        var reason: String?
        if let until = release.validUntil, until < now {
            reason = "it was valid until \(until), \(Self.span(now.seconds - until.seconds)) ago; it is \(Self.span(age)) old"
        } else if archive.hasValidUntil, release.validUntil == nil {
            reason = "it should carry Valid-Until and does not"
        } else if let maximum = archive.maximumAgeDays, !archive.hasValidUntil, age > maximum * 86400 {
            reason = "it is \(Self.span(age)) old, at most \(maximum) days are allowed by catalog/suites"
        } else if release.date.seconds > now.seconds + 86400 {
            reason = "it is dated \(release.date), in the future; is this machine's clock right?"
        }
        guard let reason else { return nil }
        guard let accepted = allowStale[archive.suite] ?? allowStale["all"] else {
            throw IndexError.stale(archive: archive.suite, reason: reason)
        }
        return "\(reason); accepted: \(accepted)"
    }

    /// `3 days`, `50 minutes`: an age for people, rounded down.
    private static func span(_ seconds: Int) -> String {
        let (count, unit) =
            seconds < 7200 ? (seconds / 60, "minutes") : seconds < 172_800 ? (seconds / 3600, "hours") : (seconds / 86400, "days")
        return "\(count) \(unit)"
    }

    /// Remembers the index as the last of its archive. One that is older than the last is a rollback, or a snapshot that somebody
    /// pinned: it is used when its archive is excepted by name, and the mark stays. Gives the reason then, else nil.
    private func remember(_ release: ReleaseFile, _ archive: SuiteArchive, sha256: String) throws -> String? {
        if let seen = try records.seenIndex(of: archive.suite) {
            if seen.sha256 == sha256 { return nil }
            if seen.date > release.date {
                let reason = "it is dated \(release.date), but one of \(seen.date) was seen here before"
                guard let accepted = allowStale[archive.suite] else {
                    throw IndexError.stale(archive: archive.suite, reason: reason)
                }
                return "\(reason); accepted: \(accepted)"
            }
        }
        // On the disk before it is on record: whoever works offline reads it by what the records name.
        try blobs.flush()
        try records.remember(SeenIndex(archive: archive.suite, date: release.date, sha256: sha256))
        return nil
    }

    // MARK: - Package indexes

    private func source(_ archive: SuiteArchive, _ release: ReleaseFile, _ platform: Platform) async throws -> IndexSource {
        let path = SignedIndex.packagesPath(archive, debianArchitecture: platform.debian)
        guard let file = release.files[path] else {
            throw IndexError.unavailable(
                what: "\(path) in the index of \(archive.suite)", status: 0, source: "its Release file does not list it")
        }
        let key = Digest.sha256(of: "index-1 \(file.digest.hex)").hex
        let listed = PackagesFile(platform: platform, path: path, digest: file.digest, size: file.size)
        let source = IndexSource(archive: archive.suite, platform: platform, file: listed, key: key, opened: try? open(key))
        // Also when the cache has it opened: a release keeps the file itself.
        if try !isInStore(file) { try await fetch(file, path, archive, byHash: release.acquireByHash) }
        return source
    }

    // What the disk changed is removed by the store, and fetched anew.
    private func isInStore(_ file: ReleaseFile.Entry) throws -> Bool {
        guard try blobs.size(of: file.digest) == file.size else { return false }
        do { try blobs.verify(file.digest) } catch BlobsError.damaged { return false }
        return true
    }

    private func build(_ packed: Digest, as key: String) throws -> PackageIndex {
        if try keep(build(packed), as: key), let index = try? open(key) { return index }
        // A cache that cannot be written or read is no reason to fail.
        return try PackageIndex(build(packed))
    }

    // What was built is released before it is mapped from the cache, so that it never lies in memory twice.
    private func keep(_ built: [UInt8], as key: String) -> Bool { (try? cache.store(built, as: key, in: "index")) != nil }

    private func build(_ packed: Digest) throws -> [UInt8] {
        try blobs.map(packed).withUnsafeBytes { try PackageIndexBuilder.build(named: "Packages.xz", $0) }
    }

    // The index checks itself as it opens, so the cache's own digest over the whole file would be a second pass.
    private func open(_ key: String) throws -> PackageIndex? {
        guard let mapped = cache.file(key, in: "index", checking: .trailer) else { return nil }
        return try PackageIndex(mapped: mapped.bytes, owner: mapped)
    }

    private func fetch(_ file: ReleaseFile.Entry, _ path: String, _ archive: SuiteArchive, byHash: Bool) async throws {
        guard reach == .network, let mirror else {
            throw IndexError.unavailable(what: "\(path) of \(archive.suite) in the store", status: 0, source: "--offline")
        }
        guard file.size <= Self.indexLimit else {
            throw IndexError.unavailable(what: "an index below \(Self.indexLimit) bytes", status: 0, source: "\(path) has \(file.size)")
        }
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        let name = byHash ? "\(folder)/by-hash/SHA256/\(file.digest.hex)" : path
        let url = try mirror.url(suite: archive.suite, base: archive.base, path: "dists/\(archive.suite)/\(name)")
        let part = blobs.folder + "/partial/\(file.digest.hex).part"
        let shown = "\(archive.suite)/\(path)"
        let response: WebResponse
        do {
            response = try await transport.download(WebRequest("GET", url), toFile: part, limit: file.size)
        } catch TransportError.tooLarge {
            throw IndexError.mismatch(path: shown, expected: "\(file.size) bytes", found: "more")
        }
        guard [200, 206, 416].contains(response.status) else {
            throw IndexError.unavailable(what: "the index \(path) of \(archive.suite)", status: response.status, source: Self.shown(url))
        }
        do {
            try blobs.adopt(file: part, expecting: file.digest)
        } catch BlobsError.mismatch(let expected, let found, _) {
            throw IndexError.mismatch(path: shown, expected: "\(expected)", found: "\(found)")
        }
    }
}
