// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
import OCI
package import Sigstore

/// Checks an image against public keys, offline: nothing but the repository is asked.
///
/// What it asks is listed in `VerificationChecks.all`. Evidence by other keys is neither for nor against the image.
package struct Verifier: Sendable {
    private let policy: VerificationPolicy

    /// Manifests of one index: what lists more is refused.
    private static let platformLimit = 256

    package init(policy: VerificationPolicy) { self.policy = policy }

    /// Signature and these kinds of claims by one key, nothing else.
    package init(key: VerificationKey, requiring predicateTypes: [String] = []) {
        self.init(policy: VerificationPolicy(keys: [key], required: .types(predicateTypes), contents: .notRead))
    }

    /// Checks an index and each platform manifest it lists, or the one manifest; then the release as a whole.
    ///
    /// A tag is followed once: all results are about what it named then.
    ///
    /// - Throws: only what the reader throws because it could not be asked.
    package func report(on reference: String, in repository: some RepositoryReader) async throws -> VerificationReport {
        let content: Content
        switch try await find(reference, in: repository, title: nil) {
        case .refused(let verification): return VerificationReport(subjects: [verification], release: [])
        case .found(let found): content = found
        }
        var targets = [Target.opened(content)]
        var oversized: String?
        if case .index(let index) = CaseFile.Document(reading: content) {
            if index.manifests.count > Self.platformLimit {
                oversized = "the index lists \(index.manifests.count) manifests; at most \(Self.platformLimit) are checked"
            } else {
                targets += index.manifests.map(Target.listed)
            }
        }
        // Each manifest is gathered, judged and concluded about by itself: most of the time is spent in signed payloads.
        let examined = try await targets.concurrentMap(limit: Self.width) { target in try await examine(target, in: repository) }
        let exhibits = examined.compactMap(\.exhibit)
        var subjects = examined.filter { $0.exhibit != nil }.map(\.verification)
        let refused = examined.filter { $0.exhibit == nil }.map(\.verification)
        if let oversized { subjects[0].checks.append(CheckResult("index", reasons: [oversized])) }
        let release = try await checkRelease(exhibits, reference: reference, in: repository)
        return VerificationReport(subjects: subjects + refused, release: release)
    }

    /// Checks the manifest or index under a tag or digest, and nothing it lists.
    package func verify(_ reference: String, in repository: some RepositoryReader) async throws -> Verification {
        switch try await find(reference, in: repository, title: nil) {
        case .found(let content): try await examine(.opened(content), in: repository).verification
        case .refused(let verification): verification
        }
    }

    /// The results for an index and each of its platforms, the index first.
    package func verifyAll(_ reference: String, in repository: some RepositoryReader) async throws -> [Verification] {
        try await report(on: reference, in: repository).subjects
    }

    // MARK: - Steps

    /// Hashing and reading are bound by the processor.
    private static let width = 2

    private enum Finding: Sendable {
        case found(Content)
        case refused(Verification)
    }

    private enum Target: Sendable {
        case opened(Content)
        case listed(Descriptor)
    }

    private struct Examined: Sendable {
        /// Nil for what could not be looked at.
        var exhibit: Exhibit?
        var verification: Verification
    }

    private func examine(_ target: Target, in repository: some RepositoryReader) async throws -> Examined {
        let (content, title): (Content, String)
        switch target {
        case .opened(let found): (content, title) = (found, Self.title(of: found))
        case .listed(let descriptor):
            title = Self.title(of: descriptor)
            switch try await find(descriptor.digest.description, in: repository, title: title) {
            case .refused(let verification): return Examined(exhibit: nil, verification: verification)
            case .found(let found): content = found
            }
        }
        var gatherer = EvidenceGatherer(repository, subject: content, title: title)
        let exhibit = Exhibit(judging: try await gatherer.gather(), by: policy)
        return Examined(exhibit: exhibit, verification: conclusion(exhibit))
    }

    private func find(_ reference: String, in repository: some RepositoryReader, title: String?) async throws -> Finding {
        let asked = Digest(reference)
        let found: Content?
        do { found = try await repository.manifest(reference) } catch let error as any Diagnosable
            where [.malformed, .untrusted].contains(error.diagnosis.kind)
        {
            let reason = "manifest '\(reference.prefix(200))': \(error.diagnosis.told)"
            return .refused(.refused(asked, title: title ?? "manifest", reason: reason))
        }
        guard let content = found else {
            return .refused(.refused(asked, title: title ?? "manifest", reason: "there is no manifest '\(reference.prefix(200))'"))
        }
        if let asked, asked != content.digest {
            let reason = "the manifest's bytes have the digest \(content.digest), not \(asked)"
            return .refused(.refused(asked, title: title ?? "manifest", reason: reason))
        }
        return .found(content)
    }

    private func conclusion(_ exhibit: Exhibit) -> Verification {
        Verification(
            subject: exhibit.subject, title: exhibit.file.title, signatures: Set(exhibit.signatures.map(\.piece.form)),
            claims: exhibit.claims, checks: VerificationChecks.all.map { $0.examine(exhibit, policy) }, ignored: exhibit.ignored)
    }

    private func checkRelease(_ exhibits: [Exhibit], reference: String, in repository: some RepositoryReader) async throws -> [CheckResult]
    {
        guard let first = exhibits.first else { return [] }
        var bound: AgeCheck.Time?
        if case .release(let digest) = policy.freshness.notBefore,
            case .found(let content) = try await find(digest.description, in: repository, title: nil),
            let exhibit = try await examine(.opened(content), in: repository).exhibit
        {
            bound = AgeCheck.time(of: exhibit, log: policy.log)
        }
        var results = [AgeCheck(policy: policy.freshness).examine(AgeCheck.time(of: first, log: policy.log), bound: bound)]
        results.append(
            try await TagCheck().examine(first.file, reference: reference, tags: repository.tags()) { tag in
                try await repository.manifest(tag)?.digest
            })
        if policy.contents == .hashed {
            results.append(try await ContentCheck().examine(exhibits, in: repository))
        } else {
            results.append(.skipped(ContentCheck.name, "blobs were not read, as asked"))
        }
        return results
    }

    private static func title(of content: Content) -> String {
        if case .index = CaseFile.Document(reading: content) { "index" } else { "manifest" }
    }

    private static func title(of descriptor: Descriptor) -> String {
        guard let platform = descriptor.platform else { return "manifest" }
        return ([platform.os, platform.architecture, platform.variant] as [String?]).compactMap(\.self).joined(separator: "/")
    }
}
