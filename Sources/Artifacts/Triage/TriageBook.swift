// SPDX-License-Identifier: Apache-2.0
package import Base
package import SBOM
package import VEX

/// A finding as triage looks at it: which vulnerability was found in which installed package of which image.
package struct TriageQuestion: Hashable, Sendable {
    package var vulnerability: String
    /// Other names that the advisories give it.
    package var aliases: [String]
    package var source: String
    package var sourceVersion: String
    package var binary: String
    package var version: String
    /// Of the binary package.
    package var purl: PackageURL
    /// `python`; nil for an image that is not of this catalog.
    package var image: String?
    /// `3.13-dev`.
    package var stream: String?
    /// `linux/amd64`.
    package var platform: String
    /// Digests of the platform's manifest and of the index, as `sha256:…`: what statements of others name.
    package var digests: [String]
    /// The repository the image was taken from; the last part of it is its name.
    package var repository: String

    package init(
        vulnerability: String, aliases: [String] = [], source: String, sourceVersion: String, binary: String, version: String,
        purl: PackageURL, image: String?, stream: String?, platform: String, digests: [String] = [], repository: String
    ) {
        self.vulnerability = vulnerability
        self.aliases = aliases
        self.source = source
        self.sourceVersion = sourceVersion
        self.binary = binary
        self.version = version
        self.purl = purl
        self.image = image
        self.stream = stream
        self.platform = platform
        self.digests = digests
        self.repository = repository
    }

    var names: Set<String> { Set([vulnerability] + aliases) }
}

/// What triage says about a finding.
package struct TriageAnswer: Hashable, Sendable, Codable {
    package enum Origin: Hashable, Sendable, Codable {
        /// The catalog's own: where it is written.
        case catalog(place: String)
        /// Somebody else's: the name of the source, the document and its author.
        case foreign(source: String, document: String, author: String)
    }
    package var status: VEXStatus
    package var justification: VEXJustification?
    package var impact: String?
    package var action: String?
    package var notes: String?
    package var author: String
    package var timestamp: Timestamp?
    package var expires: Timestamp?
    package var origin: Origin
    /// How each piece of evidence fared on the finding's platform; empty for statements of others.
    package var proofs: [TriageProof]
}

/// What triage has to say about a finding, and what it did not let count.
package struct TriageVerdict: Hashable, Sendable, Codable {
    /// Nil when nothing counts: the finding stands as the advisories have it.
    package var answer: TriageAnswer?
    /// Statements about this finding that do not count, and why not.
    package var passedOver: [String]
}

/// All statements that may be applied: the catalog's own with their proofs, then those of others by name.
///
/// Pure: the same book gives the same answers.
package struct TriageBook: Sendable {
    /// A statement of the catalog with its proofs on the platforms of one image; none when nobody tried.
    package struct Own: Hashable, Sendable {
        package var statement: TriageStatement
        package var proofs: [TriageProof]
        package init(_ statement: TriageStatement, proofs: [TriageProof]) {
            self.statement = statement
            self.proofs = proofs
        }
    }

    private let own: [String: [Own]]
    private let foreign: [ForeignStatements]
    private let now: Timestamp

    /// - Parameter foreign: in the order in which they are asked; the first that has a statement is believed.
    package init(own: [Own], foreign: [ForeignStatements] = [], now: Timestamp) {
        var byName: [String: [Own]] = [:]
        for entry in own { for name in entry.statement.names { byName[name, default: []].append(entry) } }
        self.own = byName
        self.foreign = foreign
        self.now = now
    }

    /// What is known about a finding. The catalog's own word goes before that of others; what has expired, or was not proved
    /// where it could have been, does not count and is named.
    package func verdict(on question: TriageQuestion) -> TriageVerdict {
        var passedOver: [String] = []
        var candidates: [Own] = []
        for entry in Set(question.names.flatMap { own[$0] ?? [] }).sorted(by: { $0.statement.timestamp < $1.statement.timestamp }) {
            let statement = entry.statement
            guard let image = question.image, let stream = question.stream, statement.concerns(image: image, stream: stream),
                statement.package.covers(
                    source: question.source, sourceVersion: question.sourceVersion, binary: question.binary, version: question.version)
            else { continue }
            if let reason = obstacle(entry, question.platform) {
                passedOver.append("\(statement.title) does not count: \(reason)")
            } else {
                candidates.append(entry)
            }
        }
        // One package may be meant by a source and by a name: the later word counts.
        if let entry = candidates.last {
            passedOver += candidates.dropLast().map { "\($0.statement.title) does not count: a later one does" }
            return TriageVerdict(answer: answer(entry, question.platform), passedOver: passedOver)
        }
        for statements in foreign {
            if let answer = statements.answer(to: question) { return TriageVerdict(answer: answer, passedOver: passedOver) }
        }
        return TriageVerdict(answer: nil, passedOver: passedOver)
    }

    private func obstacle(_ entry: Own, _ platform: String) -> String? {
        let statement = entry.statement
        if statement.isExpired(at: now) { return "it expired on \(statement.expires.dateText)" }
        let proofs = entry.proofs.filter { $0.platform == platform }
        if let refuted = proofs.first(where: { $0.outcome == .refuted }) { return "\(refuted.evidence): \(refuted.detail)" }
        let proved = Set(proofs.filter { $0.outcome == .proved }.map(\.evidence))
        let missing = statement.evidence.filter { $0.isProvable && !proved.contains($0.description) }
        return missing.first.map { "its evidence was not proved on \(platform): \($0)" }
    }

    private func answer(_ entry: Own, _ platform: String) -> TriageAnswer {
        let statement = entry.statement
        return TriageAnswer(
            status: statement.status, justification: statement.justification, impact: statement.impact, action: statement.action,
            notes: statement.notes, author: statement.author, timestamp: statement.timestamp, expires: statement.expires,
            origin: .catalog(place: statement.place.description), proofs: entry.proofs.filter { $0.platform == platform })
    }
}
