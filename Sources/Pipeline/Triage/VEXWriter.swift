// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import OCI
import Sigstore
package import VEX

/// Writes the one OpenVEX document of each digest, to be signed. What was published before is read, so that the version counts every
/// change and nothing is taken back in silence.
package struct VEXWriter: Sendable {
    private let author: String
    private let tooling: String
    private let clock: @Sendable () -> Timestamp

    /// - Parameter author: who publishes the images and answers for them.
    package init(author: String, tooling: String, clock: @escaping @Sendable () -> Timestamp) {
        self.author = author
        self.tooling = tooling
        self.clock = clock
    }

    /// Claims about the digests whose statements changed since they were last published.
    package func claims(
        about image: TriagedImage, _ statements: [TriageBook.Own], published repository: any RepositoryReader
    ) async throws -> [Claim] {
        let now = clock()
        let document = TriageDocument(about: image, statements, now: now)
        var claims: [Claim] = []
        for subject in [image.index] + image.parts.map(\.manifest) {
            let before = try await Self.published(about: subject, in: repository)
            let fresh = document.vex(about: subject, author: author, version: (before?.version ?? 0) + 1, tooling: tooling)
            guard let written = Self.withdrawing(before, fresh, now: now), !Self.isSame(before, written) else { continue }
            claims.append(Claim(subject: subject, predicateType: PredicateType.openVEX, predicate: OpenVEX.json(written)))
        }
        return claims
    }

    /// The newest document about a digest that is listed in a repository; nil when there is none.
    package static func published(about subject: Digest, in repository: any RepositoryReader) async throws -> VEXDocument? {
        for referrer in try await repository.referrers(of: subject)
        where referrer.annotations?[Annotation.bundlePredicateType] == PredicateType.openVEX {
            guard let content = try await repository.manifest(referrer.digest.description),
                let layer = try ImageManifest(reading: content.bytes).layers.first,
                let bytes = try await repository.blob(layer.digest, limit: SigstoreBundle.limit)
            else { continue }
            let statement = try Statement(reading: try SigstoreBundle(reading: bytes).envelope.payload)
            guard statement.isAbout(subject) else { continue }
            return try OpenVEX.read(statement.predicate.canonicalBytes).document
        }
        return nil
    }

    // What is no longer said must be taken back by a statement: whoever kept the earlier document goes on hiding the finding else.
    private static func withdrawing(_ before: VEXDocument?, _ fresh: VEXDocument?, now: Timestamp) -> VEXDocument? {
        guard let before else { return fresh }
        var said: Set<[String]> = []
        for statement in fresh?.statements ?? [] {
            for product in statement.products {
                for part in product.subcomponents { said.insert([statement.vulnerability, product.identifier, part]) }
            }
        }
        let gone = before.statements.compactMap { statement -> VEXStatement? in
            let products = statement.products.compactMap { product -> VEXProduct? in
                let left = product.subcomponents.filter { !said.contains([statement.vulnerability, product.identifier, $0]) }
                return left.isEmpty ? nil : VEXProduct(product.identifier, subcomponents: left)
            }
            guard !products.isEmpty else { return nil }
            let isTakenBack = statement.status == .underInvestigation
            return VEXStatement(
                vulnerability: statement.vulnerability, aliases: statement.aliases, products: products,
                status: .underInvestigation, notes: isTakenBack ? statement.notes : withdrawn,
                timestamp: isTakenBack ? statement.timestamp : now)
        }
        var document = fresh ?? before
        if fresh == nil { document.version += 1 }
        document.statements = gone + (fresh?.statements ?? [])
        document.timestamp = before.timestamp
        document.lastUpdated = document.statements.compactMap(\.timestamp).max()
        return document
    }

    private static let withdrawn = "Withdrawn: the publisher says nothing about it any more."

    // The version and the dates of the document alone are no change.
    private static func isSame(_ before: VEXDocument?, _ fresh: VEXDocument) -> Bool {
        guard let before else { return false }
        return before.statements == fresh.statements && before.author == fresh.author
    }
}
