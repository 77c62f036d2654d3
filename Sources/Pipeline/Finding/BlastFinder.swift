// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Assess
package import Base
package import Blobs
import OCI
package import Records

/// Says which streams hold something, since when, and where it is gone.
package struct BlastFinder: Sendable {
    let records: RecordStore
    let blobs: FileBlobStore
    let advisories: AdvisorySet
    let now: Timestamp

    package init(records: RecordStore, blobs: FileBlobStore, advisories: AdvisorySet, now: Timestamp) {
        self.records = records
        self.blobs = blobs
        self.advisories = advisories
        self.now = now
    }

    /// What one build holds, and why it was found.
    private struct Hit {
        var platforms: Set<String> = []
        var what: Set<String> = []
        var why: Set<String> = []
        var fixes: Set<String> = []
        var isUnclear = true
    }

    /// - Parameter unseen: releases that could not be looked into, with the reason.
    /// - Throws: `FindError` when nobody can say what an advisory is about.
    package func report(_ text: String, unseen: [String] = []) throws -> BlastReport {
        let query = try FindQuery(text)
        let releases = try records.releases()
        var reserves = unseen.map { "not looked into: \($0)" }
        if case .file(let digest) = query, let found = try ownDigest(digest, in: releases) {
            return try report(text, found.meaning, [], found.hits, releases, reserves)
        }
        let answer = try ImageFinder(records: records, advisories: advisories).find(query)
        let holders = Dictionary(try records.holders(answer.holders).map { ($0.number, $0) }) { first, _ in first }
        var hits: [Digest: Hit] = [:]
        for match in answer.matches {
            for holder in match.holders.compactMap({ holders[$0] }) {
                hits[holder.image, default: Hit()].platforms.insert(holder.platform)
                hits[holder.image]?.what.insert(match.what)
                hits[holder.image]?.why.insert(match.why)
                if let fix = match.fix { hits[holder.image]?.fixes.insert(fix) }
                if !match.isUnclear { hits[holder.image]?.isUnclear = false }
            }
        }
        var meaning = "a package"
        switch query {
        case .advisory, .malicious:
            meaning = "an advisory, held against what the images hold and the feeds of today"
            reserves += advisories.feeds.filter { AdvisoryFeeds.all.contains($0.name) && $0.state != .current }.map {
                "the feed \(AdvisoryFeeds.line($0)): others may be hidden"
            }
        case .path: meaning = "a path"
        case .file: meaning = "the SHA-256 of a file"
        case .license: meaning = "a licence"
        case .package: break
        }
        return try report(text, meaning, answer.aliases, hits, releases, reserves)
    }

    // MARK: - Digests of our own

    /// A digest may name an image, one platform of it, a layer, a lock or a .deb: each says more than the file that has it.
    private func ownDigest(_ digest: Digest, in releases: [Release]) throws -> (meaning: String, hits: [Digest: Hit])? {
        var hits: [Digest: Hit] = [:]
        var meaning = ""
        func add(_ release: Release, _ platforms: [String], _ what: String, _ kind: String) {
            meaning = kind
            hits[release.index, default: Hit(isUnclear: false)].platforms.formUnion(platforms)
            hits[release.index]?.what.insert(what)
            hits[release.index]?.why.insert(kind)
        }
        for release in releases {
            let all = release.platforms.map(\.platform.description)
            if release.index == digest { add(release, all, "\(release.repository):\(release.buildTag)", "the digest of an image") }
            if release.lock == digest { add(release, all, "lock of \(release.repository):\(release.buildTag)", "the digest of a lock") }
            for platform in release.platforms {
                let name = platform.platform.description
                if platform.manifest == digest {
                    add(release, [name], "\(release.repository):\(release.buildTag)", "the digest of a platform's manifest")
                }
                let layers = (try? blobs.read(platform.manifest)).flatMap { try? ImageManifest(reading: $0) }?.layers ?? []
                if layers.contains(where: { $0.digest == digest }) {
                    add(release, [name], "layer \(digest.short)", "the digest of a layer")
                }
            }
            guard hits[release.index] == nil, let size = try? blobs.size(of: release.lock), size <= 64 << 20,
                let bytes = try? blobs.read(release.lock), let lock = try? CanonicalJSON.decode(Lock.self, from: bytes)
            else { continue }
            for platform in lock.platforms {
                for package in platform.packages where package.sha256 == digest.hex {
                    add(release, [platform.platform.description], "\(package.name) \(package.version)", "the digest of a .deb")
                }
            }
        }
        return hits.isEmpty ? nil : (meaning, hits)
    }

    // MARK: - Streams

    private func report(
        _ text: String, _ meaning: String, _ aliases: [String], _ hits: [Digest: Hit], _ releases: [Release], _ reserves: [String]
    ) throws -> BlastReport {
        let moments = try records.moments(of: releases.map(\.index))
        var images: [BlastReport.Image] = []
        for (image, newestFirst) in Dictionary(grouping: releases, by: { "\($0.repository):\($0.stream)" }) {
            let builds = Array(newestFirst.reversed())
            let holding = builds.indices.filter { hits[builds[$0].index] != nil }
            guard let first = holding.first, let last = holding.last else { continue }
            func build(_ place: Int) -> BlastReport.Build {
                BlastReport.Build(
                    tag: builds[place].buildTag, digest: builds[place].index.description, isCurrent: place == builds.count - 1,
                    platforms: (hits[builds[place].index]?.platforms ?? []).sorted())
            }
            let next = last + 1 < builds.count ? last + 1 : nil
            var found = BlastReport.Image(
                image: image, builds: holding.map(build), since: RemediationReader.published(moments[builds[first].index]),
                gone: next.map { RemediationReader.published(moments[builds[$0].index]) }
                    ?? ClockStep(unknown: "\(builds[last].buildTag), which is current, holds it"))
            let all = holding.compactMap { hits[builds[$0].index] }
            found.what = Set(all.flatMap(\.what)).sorted()
            found.why = Set(all.flatMap(\.why)).sorted()
            found.fixes = Set(all.flatMap(\.fixes)).sorted()
            found.isUnclear = all.allSatisfy(\.isUnclear)
            found.goneIn = next.map(build)
            found.runsUnknown = BlastReport.runsUnknown
            images.append(found)
        }
        images.sort { a, b in a.isCurrent != b.isCurrent ? a.isCurrent : a.image < b.image }
        return BlastReport(
            query: text, meaning: meaning, aliases: aliases, generated: now, searched: try records.indexedImages().count,
            reserves: reserves, images: images)
    }
}
