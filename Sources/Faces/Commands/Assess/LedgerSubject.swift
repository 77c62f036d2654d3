// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Records

/// The images that a name of the ledger stands for.
struct LedgerSubject {
    let name: String
    /// What each is called among the others: the build tag of a release, what a name led to of an image of others.
    let labels: [Digest: String]

    /// A name stands for all releases of its stream, with a digest for one; a reference to a registry for everything that it led to
    /// when it was assessed.
    init(_ text: String, in records: RecordStore) throws {
        do {
            let release = try Published.find(text, in: records)
            var releases = [release]
            if !text.contains("@") {
                releases += try records.releases(in: release.repository).filter {
                    $0.stream == release.stream && $0.index != release.index
                }
            }
            name = "\(release.repository):\(release.stream)"
            labels = Dictionary(releases.map { ($0.index, $0.buildTag) }) { first, _ in first }
        } catch let error as NameError {
            guard let foreign = try ForeignSubjects(text, in: records) else { throw error }
            name = foreign.name
            labels = Dictionary(foreign.images.map { ($0.manifest, "\($0.image.short) \($0.platform)") }) { _, last in last }
        }
    }

    /// Says which assessments are kept that nobody can read any more.
    static func unread(_ images: [Digest], _ records: RecordStore) throws -> [String] {
        try records.unreadAssessments(of: images).map {
            "an assessment of \($0.assessed) is kept that this version cannot read: \($0.reason)"
        }
    }
}

/// What the name of an image of others stood for, whenever somebody looked.
struct ForeignSubjects {
    let name: String
    /// Oldest first.
    let images: [ForeignImage]

    /// Nil when the text cannot be a name of an image of others.
    init?(_ text: String, in records: RecordStore) throws {
        guard let reference = ForeignReference(text) else { return nil }
        name = reference.text
        guard let digest = reference.digest else {
            images = try records.foreignImages(named: reference.text)
            return
        }
        images = try records.foreignImages(with: digest).filter { image in
            [":", "@"].contains { image.reference.hasPrefix(reference.repository + $0) }
        }
    }
}

/// The name under which the ledger keeps an image of others: `docker.io/library/python:3.13`, `quay.io/app@sha256:…`.
struct ForeignReference: Hashable {
    let text: String
    /// `docker.io/library/python`.
    let repository: String
    let digest: Digest?

    /// Nil when it does not lead to a registry: a folder has no lasting name.
    init?(_ text: String, exists: (String) -> VerifyTarget.FileKind? = VerifyTarget.FileKind.init) {
        guard case .image(.registry(let written))? = try? InspectTarget(text, exists: exists) else { return nil }
        var rest = written[...]
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        guard let slash = rest.firstIndex(of: "/") else { return nil }
        if let at = rest.firstIndex(of: "@") {
            guard let digest = Digest(String(rest[rest.index(after: at)...])) else { return nil }
            self.digest = digest
            repository = String(rest[..<at])
            self.text = String(rest)
            return
        }
        digest = nil
        // A colon before the slash is that of a port.
        if let colon = rest[slash...].lastIndex(of: ":") {
            repository = String(rest[..<colon])
            self.text = String(rest)
        } else {
            repository = String(rest)
            self.text = rest + ":latest"
        }
    }
}
