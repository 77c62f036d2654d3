// SPDX-License-Identifier: Apache-2.0
package import Base
import SBOM
package import VEX

/// Somebody whose VEX documents may be applied, as configuration names them.
package struct ForeignSource: Hashable, Sendable {
    package enum Trust: Hashable, Sendable {
        /// Every document must be signed, and the signature was verified by whoever hands it in.
        case signed
        /// Documents without a signature are taken, for this reason; it is shown wherever they count.
        case unsigned(because: String)
    }
    /// How it is called wherever one of its statements counts.
    package var name: String
    /// Authors whose documents are meant, compared whole.
    package var authors: [String]
    package var trust: Trust
    package init(name: String, authors: [String], trust: Trust) {
        self.name = name
        self.authors = authors
        self.trust = trust
    }
}

/// A VEX document of somebody else that was accepted under a source's name.
package struct ForeignStatements: Sendable {
    package let source: ForeignSource
    package let document: VEXDocument
    /// Statements that were refused, and why.
    package let refused: [String]
    private let byName: [String: [Int]]

    /// Accepts a document that nobody signed, where the source allows it.
    package init(_ reading: VEXReading, from source: ForeignSource) throws(TriageError) {
        guard case .unsigned = source.trust else { throw .unsigned(source: source.name, document: reading.document.id) }
        try self.init(accepting: reading, from: source)
    }

    /// Accepts a document whose signature was verified against the source's key.
    package init(_ reading: Verified<VEXReading>, from source: ForeignSource) throws(TriageError) {
        try self.init(accepting: reading.value, from: source)
    }

    private init(accepting reading: VEXReading, from source: ForeignSource) throws(TriageError) {
        guard source.authors.contains(reading.document.author) else {
            throw .wrongParty(source: source.name, document: reading.document.id, author: reading.document.author, expected: source.authors)
        }
        self.source = source
        document = reading.document
        refused = reading.refused.map(\.description)
        var byName: [String: [Int]] = [:]
        for (index, statement) in reading.document.statements.enumerated() {
            for name in Set([statement.vulnerability] + statement.aliases) { byName[name, default: []].append(index) }
        }
        self.byName = byName
    }

    /// The latest statement about a finding; nil when there is none.
    func answer(to question: TriageQuestion) -> TriageAnswer? {
        let products = question.products
        let indices = Set(question.names.flatMap { byName[$0] ?? [] }).sorted()
        let meant = indices.map { document.statements[$0] }.filter { $0.concerns(products, question.purl, sources: question.sourcePURLs) }
        func time(_ statement: VEXStatement) -> Timestamp { statement.lastUpdated ?? statement.timestamp ?? document.timestamp }
        // Of the same moment the later in the document counts.
        guard let statement = meant.enumerated().max(by: { (time($0.element), $0.offset) < (time($1.element), $1.offset) })?.element else {
            return nil
        }
        return TriageAnswer(
            status: statement.status, justification: statement.justification, impact: statement.impact, action: statement.action,
            notes: statement.notes, author: document.author, timestamp: time(statement), expires: nil,
            origin: .foreign(source: source.name, document: document.id, author: document.author), proofs: [])
    }
}

extension TriageQuestion {
    /// The image under the names that statements have for it.
    fileprivate var products: [PackageURL] {
        digests.map { PackageURL.oci(repository, digest: $0, repository: repository, architecture: nil) }
            + digests.map { PackageURL.oci(repository, digest: $0) }
    }

    /// Documents about distributions name sources, with or without saying so.
    fileprivate var sourcePURLs: [PackageURL] {
        [
            PackageURL.debian(
                source, version: sourceVersion, architecture: "source",
                release: purl.qualifiers["distro"]?.split(separator: "-").last.map(String.init))
        ]
    }
}

extension VEXStatement {
    /// Whether it is about this package, alone or as a part of the image. What is not a package URL matches nothing.
    fileprivate func concerns(_ images: [PackageURL], _ package: PackageURL, sources: [PackageURL]) -> Bool {
        func names(_ text: String, _ candidates: [PackageURL]) -> Bool {
            guard let purl = try? PackageURL(text) else { return false }
            return candidates.contains(where: purl.covers)
        }
        return products.contains { product in
            if names(product.identifier, [package] + sources) { return product.subcomponents.isEmpty }
            guard names(product.identifier, images) else { return false }
            return product.subcomponents.isEmpty || product.subcomponents.contains { names($0, [package] + sources) }
        }
    }
}
