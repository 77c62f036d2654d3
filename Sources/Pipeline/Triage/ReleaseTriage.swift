// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
package import Blobs

/// What the catalog says about vulnerabilities, ready to be held against published images.
package struct ReleaseTriage: Sendable {
    let statements: [TriageStatement]
    let recipe: @Sendable (Release) -> Recipe?
    let blobs: FileBlobStore

    /// - Parameter recipe: nil when the catalog has none any more.
    package init(statements: [TriageStatement], blobs: FileBlobStore, recipe: @escaping @Sendable (Release) -> Recipe?) {
        self.statements = statements
        self.blobs = blobs
        self.recipe = recipe
    }

    /// The statements that are about one of the findings, each with how its evidence fares on the layers that were published.
    func proved(about assessment: Assessment, of release: Release, now: Timestamp) throws -> [TriageBook.Own] {
        let names = Set(assessment.platforms.flatMap(\.findings).flatMap { [$0.advisory] + $0.aliases })
        let meant = statements.filter { !names.isDisjoint(with: $0.names) }
        guard !meant.isEmpty else { return [] }
        let check = try TriageCheck(release, recipe: recipe(release), statements: meant, blobs: blobs, now: now)
        return check.lines.map { TriageBook.Own($0.statement, proofs: $0.proofs) }
    }
}
