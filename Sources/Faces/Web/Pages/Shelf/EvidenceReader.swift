// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import OCI
import Records
import Sigstore

/// Reads what was published about an image: its own documents, and those of what refers to it. Whatever cannot be read is not there;
/// the pages then say that it is not known.
struct EvidenceReader: Sendable {
    let records: RecordStore
    let blobs: FileBlobStore
    /// Pieces of evidence looked at of one manifest.
    private static let limit = 200
    private static let bundleLimit = 32 << 20
    private static let lockLimit = 8 << 20

    /// The catalog's own: what others attached says of itself what it likes, and is found with the registry's API.
    func evidence(on subject: Digest, in repository: String) throws -> [Evidence] {
        try records.publishedReferrers(of: subject, in: repository, limit: Self.limit).map { referrer in
            let type = referrer.annotations["dev.sigstore.bundle.predicateType"] ?? referrer.artifactType ?? referrer.mediaType
            return Evidence(subject: subject, manifest: referrer.digest, type: type)
        }
    }

    func manifest(_ digest: Digest) -> ImageManifest? {
        bytes(digest, limit: ImageManifest.limit).flatMap { try? ImageManifest(reading: $0) }
    }

    func config(of manifest: Digest) -> ImageConfig? {
        self.manifest(manifest).flatMap { bytes($0.config.digest, limit: ImageConfig.limit) }.flatMap { try? ImageConfig(reading: $0) }
    }

    func lock(_ digest: Digest) -> Lock? {
        bytes(digest, limit: Self.lockLimit).flatMap { try? CanonicalJSON.decode(Lock.self, from: $0) }
    }

    /// The blob that holds a piece of evidence.
    func document(of evidence: Evidence) -> Digest? { manifest(evidence.manifest)?.layers.first?.digest }

    /// The newest claim of a type about a manifest, with the blob that it is in. It must name the manifest as its subject.
    func claim(_ type: String, on subject: Digest, in repository: String) throws -> (predicate: JSON, bundle: Digest)? {
        for evidence in try evidence(on: subject, in: repository).reversed() where evidence.type == type {
            guard let digest = document(of: evidence), let bytes = bytes(digest, limit: Self.bundleLimit),
                let bundle = try? SigstoreBundle(reading: bytes), let statement = try? Statement(reading: bundle.envelope.payload),
                statement.predicateType == type, statement.isAbout(subject)
            else { continue }
            return (statement.predicate, digest)
        }
        return nil
    }

    func tests(of manifest: Digest, in repository: String) throws -> TestReport? {
        try claim(PredicateType.testResult, on: manifest, in: repository).map { TestReport($0.predicate, bundle: $0.bundle) }
    }

    private func bytes(_ digest: Digest, limit: Int) -> [UInt8]? {
        guard let size = try? blobs.size(of: digest), size <= limit else { return nil }
        return try? blobs.read(digest)
    }
}

/// How one platform fared in the hardening rules and in its contract, as its signed test result says.
struct TestReport: Sendable {
    struct Line: Sendable {
        enum Outcome: String, Sendable { case passed, excepted, notRun = "not run", failed }
        let kind: String
        let name: String
        /// Whom the test ran as.
        let user: String
        let outcome: Outcome
        let detail: String
    }

    let result: String
    let lines: [Line]
    let enforced: [String]
    let missing: [String]
    let bundle: Digest

    init(_ predicate: JSON, bundle: Digest) {
        func strings(_ json: JSON?) -> [String] { (json?.array ?? []).compactMap(\.string) }
        result = predicate["result"]?.string ?? ""
        enforced = strings(predicate["ashlar"]?["enforced"])
        missing = strings(predicate["ashlar"]?["missing"])
        self.bundle = bundle
        lines =
            strings(predicate["failedTests"]).map { Self.line($0, .failed) }
            + strings(predicate["warnedTests"]).map { Self.line($0, $0.hasPrefix("contract/") ? .notRun : .excepted) }
            + strings(predicate["passedTests"]).map { Self.line($0, .passed) }
    }

    /// Whether the image has what a rule forbids: an exception to the rule says that it has.
    func presence(of rule: String) -> ImageEntry.Presence {
        let lines = lines.filter { $0.kind == "hardening" && ($0.name == rule || $0.name.hasPrefix(rule + " ")) }
        if lines.contains(where: { $0.outcome == .excepted || $0.outcome == .failed }) { return .present }
        return lines.isEmpty ? .unknown : .absent
    }

    // `contract/says its version as 65532:65532`, `hardening/no-shell /usr/bin/sh: excepted, reason`, `contract/name: not run, reason`.
    private static func line(_ text: String, _ outcome: Line.Outcome) -> Line {
        let kind = String(text.prefix { $0 != "/" })
        var name = String(text.dropFirst(kind.count + 1))
        var (user, detail) = ("", "")
        let mark = outcome == .excepted ? ": excepted, " : ": not run, "
        if outcome != .passed, let range = name.firstRange(of: mark) {
            detail = String(name[range.upperBound...])
            name = String(name[..<range.lowerBound])
        } else if kind == "contract", let range = name.ranges(of: " as ").last {
            user = String(name[range.upperBound...])
            name = String(name[..<range.lowerBound])
        }
        return Line(kind: kind, name: name, user: user, outcome: outcome, detail: detail)
    }
}
