// SPDX-License-Identifier: Apache-2.0
import Artifacts
package import Base
import Blobs
import OCI
import Publish
import Records

/// A manifest that is in the store and may be served.
package struct MirroredAnswer: Hashable, Sendable {
    package var digest: Digest
    /// What whoever pulls should know: the answer is old, or something newer waits.
    package var warning: String?
}

extension PullThrough {
    /// The manifest under a tag, as the other registry says now, or said when it was asked last.
    package func manifest(tagged tag: String, in repository: String) async throws -> MirroredAnswer {
        try await counting {
            let name = try upstreamName(of: repository)
            var known = try records.mirroredTag(tag, in: repository)
            var (outcome, warning): (MirrorCounts.Outcome, String?) = (.hit, nil)
            if !isFresh(known?.checked) {
                do {
                    try await flights.once("tag \(repository):\(tag)") { try await refresh(tag, in: repository, name) }
                    outcome = .fetched
                } catch let refusal as MirrorRefusal where known != nil && refusal.isPassing {
                    warning = stale(refusal, since: known?.checked)
                    outcome = .stale
                    tell(.servedStale(repository: repository, reference: tag, reason: refusal.explanation))
                }
                known = try records.mirroredTag(tag, in: repository)
            }
            guard let known else {
                throw rules.isOffline
                    ? MirrorRefusal.notHere("\(repository):\(tag)") : MirrorRefusal.unknownManifest(tag, repository: repository)
            }
            if let quarantine = try quarantine(of: known.digest, in: repository) {
                return (.quarantined, try await previous(tag, in: repository, instead: quarantine))
            }
            try await bring(known.digest, in: repository, name)
            if try records.digest(ofTag: tag, in: repository) != known.digest {
                let (records, now) = (records, clock())
                try await onDisk { try records.point(mirroredTag: tag, to: known.digest, in: repository, at: now) }
            }
            try await use([known.digest], in: repository)
            return (outcome, MirroredAnswer(digest: known.digest, warning: warning))
        }
    }

    /// The manifest with a digest: from the store, else from the other registry.
    package func manifest(_ digest: Digest, in repository: String) async throws -> MirroredAnswer {
        try await counting {
            let name = try upstreamName(of: repository)
            let isHere = try isHere(manifest: digest, in: repository)
            try await bring(digest, in: repository, name)
            if let quarantine = try quarantine(of: digest, in: repository) { throw MirrorRefusal.quarantined(quarantine) }
            try await use([digest], in: repository)
            return (isHere ? .hit : .fetched, MirroredAnswer(digest: digest))
        }
    }

    /// Counts what became of a request.
    func counting<Result>(_ work: () async throws -> (MirrorCounts.Outcome, Result)) async throws -> Result {
        do {
            let (outcome, result) = try await work()
            counts.add(outcome)
            return result
        } catch {
            switch error {
            case MirrorRefusal.quarantined: counts.add(.quarantined)
            case MirrorRefusal.notAllowed: counts.add(.denied)
            default: counts.add(.failed)
            }
            throw error
        }
    }

    /// Whether an answer from then is believed now. A clock that went back makes it old.
    func isFresh(_ checked: Timestamp?) -> Bool {
        guard !rules.isOffline else { return true }
        guard let checked else { return false }
        let now = clock()
        return now >= checked && now.seconds - checked.seconds < rules.freshness
    }

    func stale(_ refusal: MirrorRefusal, since checked: Timestamp?) -> String {
        "stale: this is what \(rules.upstream) answered at \(checked?.description ?? "an unknown time"), since now \(refusal.explanation)"
    }

    // MARK: -

    /// What the tag led to before, when that may be pulled.
    private func previous(_ tag: String, in repository: String, instead newer: MirrorQuarantine) async throws -> MirroredAnswer {
        tell(.quarantined(repository: repository, reference: tag, digest: newer.digest.description))
        guard let digest = try records.digest(ofTag: tag, in: repository), digest != newer.digest,
            try quarantine(of: digest, in: repository) == nil, try isHere(manifest: digest, in: repository)
        else { throw MirrorRefusal.quarantined(newer) }
        try await use([digest], in: repository)
        return MirroredAnswer(
            digest: digest, warning: "\(rules.upstream) has a newer \(tag), \(newer.digest), in quarantine here until \(newer.until)")
    }

    private func isHere(manifest digest: Digest, in repository: String) throws -> Bool {
        try records.mirroredManifest(digest, in: repository) != nil && blobs.contains(digest)
    }

    /// Fetches a manifest that is not here.
    private func bring(_ digest: Digest, in repository: String, _ name: RepositoryName) async throws {
        guard try !isHere(manifest: digest, in: repository) else { return }
        try await flights.once("manifest \(repository)@\(digest)") {
            guard try !isHere(manifest: digest, in: repository) else { return }
            try await fetch(digest.description, as: digest, tag: nil, in: repository, name)
        }
    }

    /// Asks what a tag leads to. A question without a body comes first when there is something to compare with: registries that count
    /// pulls do not count it.
    private func refresh(_ tag: String, in repository: String, _ name: RepositoryName) async throws {
        let known = try records.mirroredTag(tag, in: repository)
        guard !isFresh(known?.checked) else { return }
        var promised: Digest?
        if known != nil {
            let response = try await ask("\(repository):\(tag)", in: repository) {
                let response = try await client.unverifiedManifest("HEAD", tag, of: name)
                guard response.status == 200 || response.status == 404 else { throw refusal(for: response) }
                return response
            }
            if response.status == 404 { return try await forget(tag, in: repository) }
            promised = response.headers["docker-content-digest"].flatMap { Digest($0) }
        }
        if let promised, try isHere(manifest: promised, in: repository) {
            return try await remember(tag, promised, in: repository)
        }
        // By the digest that was just named: the tag may move in between.
        try await fetch(promised?.description ?? tag, as: promised, tag: tag, in: repository, name)
    }

    private func remember(_ tag: String, _ digest: Digest, in repository: String) async throws {
        let (records, now) = (records, clock())
        try await onDisk { try records.remember(mirroredTag: tag, digest, in: repository, at: now) }
    }

    private func forget(_ tag: String, in repository: String) async throws {
        let (records, now) = (records, clock())
        try await onDisk { try records.remember(mirroredTag: tag, nil, in: repository, at: now) }
        throw MirrorRefusal.unknownManifest(tag, repository: repository)
    }

    private func fetch(
        _ reference: String, as promised: Digest?, tag: String?, in repository: String, _ name: RepositoryName
    ) async throws {
        let shown = tag ?? reference
        let (response, document) = try await ask("\(repository) \(shown)", in: repository) {
            let response = try await client.unverifiedManifest("GET", reference, of: name)
            guard response.status == 200 else {
                throw response.status == 404 ? MirrorRefusal.unknownManifest(shown, repository: repository) : refusal(for: response)
            }
            let found = Digest.sha256(of: response.body)
            // Under a tag the registry's own word is all there is to compare with.
            for expected in [promised, response.headers["docker-content-digest"].flatMap { Digest($0) }] {
                if let expected, expected != found { throw OCIError.digestMismatch(expected: expected, found: found) }
            }
            return (response, try MirrorDocument(reading: response.body, as: response.headers["content-type"]))
        }
        let created = try await created(document, name)
        try await keep(response.body, document, tag: tag, created: created, in: repository)
    }

    private func keep(
        _ bytes: [UInt8], _ document: MirrorDocument, tag: String?, created: String?, in repository: String
    ) async throws {
        let (records, blobs, now) = (records, blobs, clock())
        let (digest, outcome) = try await onDisk {
            let (digest, isNew) = try blobs.keep(bytes)
            let manifest = document.manifest
            let push = ManifestPush(
                manifest: .init(
                    digest: digest, mediaType: manifest.mediaType, size: bytes.count, artifactType: manifest.artifactType,
                    annotations: manifest.annotations),
                blob: PushedBlob(repository: repository, digest: digest, size: bytes.count, isNew: isNew),
                subject: manifest.subject, references: [], tags: [])
            let mirrored = MirroredManifest(push: push, parts: document.parts, subject: document.subject(tag: tag), created: created)
            let outcome = try records.keep(mirrored: mirrored, at: now) { try blobs.contains(digest) }
            if outcome == .kept, let tag { try records.remember(mirroredTag: tag, digest, in: repository, at: now) }
            return (digest, outcome)
        }
        try check(outcome, in: repository)
        counts.fetched(bytes.count)
        tell(.kept(repository: repository, digest: digest.description, bytes: bytes.count))
    }

    func check(_ outcome: MirrorOutcome, in repository: String) throws {
        switch outcome {
        case .kept: return
        case .published: throw MirrorRefusal.published(repository: repository)
        case .gone: throw MirrorRefusal.unavailable(upstream: rules.upstream, reason: "a collection came between", wait: 0)
        }
    }

    /// What an image says about when it was made, when somebody may have to decide about it. Nothing depends on it.
    private func created(_ document: MirrorDocument, _ name: RepositoryName) async throws -> String? {
        guard rules.quarantine > 0 else { return nil }
        var text = document.manifest.annotations["org.opencontainers.image.created"]
        if text == nil, document.hasFileSystem, let config = document.config, config.size <= 1 << 20 {
            do {
                let bytes = try await client.blob(config.digest, in: name, limit: config.size)
                text = bytes.flatMap { try? JSON.parse($0, limit: 1 << 20) }?["created"]?.string
            } catch let error as CancellationError { throw error } catch { text = nil }
        }
        return text.flatMap { Timestamp(rfc3339: $0)?.description }
    }
}
