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
        let first = try await open(reference, in: repository, title: nil)
        guard case .opened(let file) = first else { return VerificationReport(subjects: [first.verification], release: []) }
        var files = [file]
        var refused: [Verification] = []
        var oversized: String?
        if case .index(let index) = file.document {
            if index.manifests.count > Self.platformLimit {
                oversized = "the index lists \(index.manifests.count) manifests; at most \(Self.platformLimit) are checked"
            } else {
                let platforms = try await index.manifests.concurrentMap(limit: 2) { manifest in
                    try await open(manifest.digest.description, in: repository, title: Self.title(of: manifest))
                }
                for platform in platforms {
                    if case .opened(let file) = platform { files.append(file) } else { refused.append(platform.verification) }
                }
            }
        }
        let exhibits = try await files.concurrentMap(limit: 2) { [policy] in Exhibit(judging: $0, by: policy) }
        var subjects = exhibits.map(conclusion)
        if let oversized { subjects[0].checks.append(CheckResult("index", reasons: [oversized])) }
        let release = try await checkRelease(exhibits, reference: reference, in: repository)
        return VerificationReport(subjects: subjects + refused, release: release)
    }

    /// Checks the manifest or index under a tag or digest, and nothing it lists.
    package func verify(_ reference: String, in repository: some RepositoryReader) async throws -> Verification {
        switch try await open(reference, in: repository, title: nil) {
        case .opened(let file): conclusion(Exhibit(judging: file, by: policy))
        case .refused(let verification): verification
        }
    }

    /// The results for an index and each of its platforms, the index first.
    package func verifyAll(_ reference: String, in repository: some RepositoryReader) async throws -> [Verification] {
        try await report(on: reference, in: repository).subjects
    }

    // MARK: - Steps

    private enum Opening: Sendable {
        case opened(CaseFile)
        case refused(Verification)

        var verification: Verification {
            switch self {
            case .refused(let verification): verification
            case .opened(let file): .refused(file.subject, reason: "it was not examined")
            }
        }
    }

    private func open(_ reference: String, in repository: some RepositoryReader, title: String?) async throws -> Opening {
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
        var gatherer = EvidenceGatherer(repository, subject: content, title: title ?? Self.title(of: content))
        return .opened(try await gatherer.gather())
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
            case .opened(let file) = try await open(digest.description, in: repository, title: nil)
        {
            bound = AgeCheck.time(of: Exhibit(judging: file, by: policy), log: policy.log)
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

    private static func title(of content: Content) -> String { (try? ImageIndex(reading: content.bytes)) != nil ? "index" : "manifest" }

    private static func title(of descriptor: Descriptor) -> String {
        guard let platform = descriptor.platform else { return "manifest" }
        return ([platform.os, platform.architecture, platform.variant] as [String?]).compactMap(\.self).joined(separator: "/")
    }
}
