// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
import Check
import OCI

extension ImageChecker {
    /// Proves the statements about an image over the layers that will be published. One whose evidence the image contradicts
    /// throws, all of them at once.
    package func prove(_ statements: [TriageStatement], about image: Image, _ recipe: Recipe) throws -> [TriageBook.Own] {
        let own = statements.filter { $0.concerns(image: recipe.name, stream: recipe.tagStem) }
        guard !own.isEmpty else { return [] }
        var proofs = [[TriageProof]](repeating: [], count: own.count)
        for platform in image.platforms {
            let root = try RootFolder(unpacking: platform, from: blobs, below: scratch)
            defer { root.remove() }
            var prover = StatementProver(platform, recipe.resolved(for: platform.platform)) { root.contents(of: $0, limit: Self.fileLimit) }
            for (index, statement) in own.enumerated() { proofs[index] += prover.prove(statement) }
        }
        let refused = zip(own, proofs).compactMap { statement, proofs -> Diagnosis? in
            let refuted = proofs.filter { $0.outcome == .refuted }
            guard !refuted.isEmpty else { return nil }
            return TriageError.refuted(statement: statement.title, image: recipe.reference, proofs: refuted).diagnosis
        }
        guard refused.isEmpty else { throw Diagnoses(refused) }
        return zip(own, proofs).map { TriageBook.Own($0, proofs: $1) }
    }

    // Of one file of an image.
    private static let fileLimit = 1 << 30
}

extension TriagedImage {
    package init(_ image: Image) {
        self.init(
            name: image.name, stream: image.stream, index: image.index.digest,
            parts: image.platforms.map { Part(platform: $0.platform, manifest: $0.manifest.digest, packages: $0.packages.map(\.locked)) })
    }
}
