// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Attest
import Base
package import Blobs
import Inspect
import OCI
import Rebase
package import Records
package import Sigstore

/// Looks at an image that stands on one of ours and plans how it gets another base. Nothing is written but blobs of images that lie
/// elsewhere, into the folder that is given for them.
package struct RebaseDesk: Sendable {
    private let blobs: FileBlobStore
    private let records: RecordStore
    private let keys: [VerificationKey]
    private let shelf: LayerShelf
    package let finder: BaseFinder

    /// - Parameter keys: Those whose signatures on the bases count.
    package init(blobs: FileBlobStore, records: RecordStore, keys: [VerificationKey], shelf: LayerShelf = LayerShelf()) {
        self.blobs = blobs
        self.records = records
        self.keys = keys
        self.shelf = shelf
        finder = BaseFinder(blobs: blobs, records: records)
    }

    /// Where an image lies, and where its layers are read from.
    package struct Source: Sendable {
        package var repository: any RepositoryReader
        /// The own store, or a folder of blobs that what is fetched is put into.
        package var layers: FileBlobStore
        package init(repository: any RepositoryReader, layers: FileBlobStore) {
            self.repository = repository
            self.layers = layers
        }
    }

    /// - Parameter base: The release it is said to stand on, where several have the same layers.
    package func plan(
        _ application: ApplicationImage, from source: Source, onto target: RebaseTarget, allowing allowed: VersionStep = .patch,
        base named: Release? = nil
    ) async throws -> RebasePlan {
        let (base, found) = try standing(application, named)
        guard let old = base else { return RebasePlan(application: application, findings: found) }
        var plan = RebasePlan(application: application, old: old, findings: found)
        switch target {
        case .latest: plan.new = try records.latestRelease(in: old.repository, stream: old.stream)
        case .release(let release): plan.new = release
        }
        guard let new = plan.new, new.index != old.index else { return plan }
        plan.findings += RebaseJudge().findings(from: old, onto: new, allowing: allowed)
        plan.findings += try await trust(in: old, new)
        let (oldBase, newBase) = (try finder.base(old), try finder.base(new))
        if let copied = application.platforms.first(where: { image in old.platforms.contains { $0.manifest == image.manifest.digest } }) {
            plan.findings.append(
                RebaseFinding(
                    rule: "copy-of-base", platform: copied.platform.description, reason: "the image is \(old.buildName) itself, copied",
                    remedy: "take \(new.buildName) instead"))
            return plan
        }
        let rebased: RebasedImage
        do {
            rebased = try Rebaser().rebase(
                application, from: Dictionary(oldBase.platforms.map { ($0.platform, $0) }) { first, _ in first }, onto: newBase,
                of: try names(old, new, application))
        } catch let error as RebaseError {
            plan.findings.append(
                RebaseFinding(rule: "documents", reason: error.diagnosis.summary, remedy: error.diagnosis.remedy))
            return plan
        }
        for (documents, result) in zip(application.platforms, rebased.platforms) {
            guard let below = oldBase[documents.platform], let above = newBase[documents.platform] else { continue }
            let damage = try await bring(documents, over: below, from: source)
            plan.findings += damage
            // What is not what it says is not looked into.
            guard damage.isEmpty else { continue }
            let (subject, inventory) = try await look(at: documents, result, below, above, source)
            plan.findings += RebaseJudge().findings(in: subject)
            plan.inventories.append(inventory)
        }
        if plan.inventories.count == rebased.platforms.count { plan.rebased = rebased }
        return plan
    }

    // MARK: - What is beneath

    /// The one release that all platforms stand on.
    private func standing(_ application: ApplicationImage, _ named: Release?) throws -> (Release?, [RebaseFinding]) {
        var candidates: [Release]?
        for image in application.platforms {
            let standing = try finder.standing(of: image)
            if standing.contradicts {
                return (
                    nil,
                    [
                        RebaseFinding(
                            rule: "layer-digests", platform: image.platform.description,
                            reason:
                                "its lowest layers are those of a release here, and its configuration says that something else is in them",
                            remedy: "do not run it; find out who made it")
                    ]
                )
            }
            guard !standing.releases.isEmpty else {
                return (
                    nil,
                    [
                        RebaseFinding(
                            rule: "foreign-base", platform: image.platform.description,
                            reason: "no release of this store lies beneath it with all of its layers",
                            remedy: "build it FROM an image of this catalog; `ashlar show NAME` says how to name it")
                    ]
                )
            }
            let names = Set(standing.releases.map(\.buildName))
            candidates = candidates.map { $0.filter { names.contains($0.buildName) } } ?? standing.releases
        }
        let all = candidates ?? []
        if let named {
            if all.contains(where: { $0.buildName == named.buildName }) { return (named, []) }
            return (
                nil,
                [
                    RebaseFinding(
                        rule: "foreign-base", reason: "\(named.buildName) does not lie beneath it",
                        remedy: all.first.map { "it stands on \($0.buildName)" } ?? "leave out --base")
                ]
            )
        }
        guard let first = all.first else {
            return (
                nil,
                [
                    RebaseFinding(
                        rule: "base-ambiguous", reason: "its platforms stand on different releases",
                        remedy: "build the application again for all platforms from one release")
                ]
            )
        }
        let claimed = Set(application.platforms.compactMap { $0.document.annotations?[Annotation.baseDigest] })
        if let said = all.first(where: { release in
            claimed.contains(release.index.description) || release.platforms.contains { claimed.contains($0.manifest.description) }
        }) {
            return (said, [])
        }
        guard Set(all.map { "\($0.repository):\($0.stream)" }).count == 1 else {
            return (
                nil,
                [
                    RebaseFinding(
                        rule: "base-ambiguous",
                        reason: "these releases have the same layers: \(all.map(\.buildName).joined(separator: ", "))",
                        remedy: "say which is meant: --base \(first.buildName)")
                ]
            )
        }
        return (first, [])
    }

    private func names(_ old: Release, _ new: Release, _ application: ApplicationImage) throws -> Rebaser.BaseNames {
        // Where the application says under which name it got its base, that name stays, with the tag that moves.
        let said = application.platforms.lazy.compactMap { $0.document.annotations?[Annotation.baseName] }.first
        let own = said.flatMap { try? ImageReference($0) }.flatMap { reference -> String? in
            let name = reference.repository.description
            guard name == new.repository || name.hasSuffix("/" + new.repository) else { return nil }
            return reference.name + new.movingName.dropFirst(new.repository.count)
        }
        return Rebaser.BaseNames(
            old: old.buildName, new: own ?? new.movingName, oldAnnotations: try finder.annotations(of: old),
            newAnnotations: try finder.annotations(of: new))
    }

    // MARK: - Trust

    /// Both bases are verified as a stranger would: signature and provenance by the keys, on index and manifests.
    private func trust(in old: Release, _ new: Release) async throws -> [RebaseFinding] {
        var found: [RebaseFinding] = []
        for release in [old, new] {
            let policy = VerificationPolicy(
                keys: keys, required: .types([PredicateType.slsaProvenance]), name: .repository(release.repository), contents: .notRead)
            let report = try await Verifier(policy: policy).report(
                on: release.index.description, in: LocalRepository(release.repository, blobs: blobs, records: records))
            for reason in report.refusals.prefix(5) {
                found.append(
                    RebaseFinding(
                        rule: "base-verified", reason: "\(release.buildName): \(reason)",
                        remedy: "see `ashlar verify \(release.buildName)`; name its public key with --key when it was another"))
            }
        }
        for digest in [new.index] + new.platforms.map(\.manifest) {
            guard let withdrawal = try records.withdrawal(of: digest) else { continue }
            found.append(
                RebaseFinding(
                    rule: "base-withdrawn", reason: "\(new.buildName) is \(withdrawal.state.rawValue): \(withdrawal.reason)",
                    remedy: withdrawal.replacement.map { "take \($0): --onto \($0)" } ?? "choose another release: --onto RELEASE"))
            break
        }
        return found
    }

    // MARK: - Layers

    /// Fetches what is not here, and holds every layer against the digest of what is in it: those of the base too when they were packed
    /// anew.
    private func bring(
        _ application: PlatformDocuments, over base: PlatformDocuments, from source: Source
    ) async throws -> [RebaseFinding] {
        var found: [RebaseFinding] = []
        let own = base.document.layers.map(\.digest)
        for (position, layer) in application.document.layers.enumerated() {
            if own.indices.contains(position), own[position] == layer.digest { continue }
            if try source.layers.size(of: layer.digest) == nil {
                guard layer.size <= OpenedImage.remoteLimit else {
                    throw InspectError.tooMany(what: "bytes in a layer that is fetched", limit: OpenedImage.remoteLimit)
                }
                guard let bytes = try await source.repository.blob(layer.digest, limit: layer.size) else {
                    throw RebaseRefusal.lost(application.manifest.digest.description, what: "the layer \(layer.digest)")
                }
                try layer.check(bytes)
                try source.layers.write(bytes)
            }
            let inside = try await shelf.diffID(of: layer.digest, in: source.layers)
            guard inside != application.diffIDs[position] else { continue }
            found.append(
                RebaseFinding(
                    rule: "layer-digests", platform: application.platform.description,
                    reason: "layer \(position) holds \(inside), the configuration says \(application.diffIDs[position])",
                    remedy: "no runtime takes it either: build and push the image again"))
        }
        return found
    }

    private func look(
        at application: PlatformDocuments, _ rebased: RebasedPlatform, _ old: PlatformDocuments, _ new: PlatformDocuments, _ source: Source
    ) async throws -> (RebaseCase, ForeignInventory) {
        let below = try await shelf.layers(old.document.layers.map(\.digest), in: blobs)
        let above = try await shelf.layers(new.document.layers.map(\.digest), in: blobs)
        let own = try await shelf.layers(application.document.layers.dropFirst(below.count).map(\.digest), in: source.layers)
        let subject = RebaseCase(
            application, rebased, oldBase: try await shelf.root(of: below), newBase: try await shelf.root(of: above),
            before: try await shelf.root(of: below + own), after: try await shelf.root(of: above + own), oldLayers: below.count)
        var described = ForeignSubject(reference: rebased.documents.manifest.digest.description)
        described.manifest = rebased.documents.manifest.digest
        described.platform = application.platform.description
        return (subject, try await shelf.inventory(of: above + own, as: described))
    }
}
