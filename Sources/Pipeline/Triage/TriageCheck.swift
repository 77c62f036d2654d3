// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Check
import OCI

/// Proves statements over a published release and says how each fared, without refusing anything.
package struct TriageCheck: Sendable {
    package struct Line: Sendable {
        package var statement: TriageStatement
        package var proofs: [TriageProof]
        /// Names of the packages of the image that it is about, sorted; empty when none is.
        package var packages: [String]
        package var isExpired: Bool

        package enum Verdict: String, Sendable { case holds, refuted, expired, unmatched }
        package var verdict: Verdict {
            if proofs.contains(where: { $0.outcome == .refuted }) { return .refuted }
            if isExpired { return .expired }
            return packages.isEmpty ? .unmatched : .holds
        }
    }

    package var reference: String
    package var image: TriagedImage
    package var lines: [Line]

    /// What may be told to others: the statements that hold, with their proofs.
    package var own: [TriageBook.Own] { lines.filter { $0.verdict == .holds }.map { TriageBook.Own($0.statement, proofs: $0.proofs) } }

    /// - Parameter recipe: nil when the catalog has none any more; directories that only it names are not searched for libraries then.
    package init(
        _ release: Release, recipe: Recipe?, statements: [TriageStatement], blobs: any BlobStore, now: Timestamp
    ) throws {
        reference = "\(release.repository):\(release.stream)"
        let name = release.repository.split(separator: "/").last.map(String.init) ?? release.repository
        let own = statements.filter { $0.concerns(image: name, stream: release.stream) }
        var lines = own.map { Line(statement: $0, proofs: [], packages: [], isExpired: $0.isExpired(at: now)) }
        image = TriagedImage(name: name, stream: release.stream, index: release.index, parts: [])
        for platform in own.isEmpty ? [] : release.platforms {
            let published = try PublishedImage(platform.platform, manifest: platform.manifest, from: blobs)
            let recipe = recipe ?? Recipe(name: name, stream: release.stream)
            var prover = StatementProver(published.image, recipe.resolved(for: platform.platform)) { published.contents(of: $0) }
            for index in lines.indices {
                lines[index].proofs += prover.prove(lines[index].statement)
                let met = published.image.packages.filter { lines[index].statement.package.covers($0.locked) }.map(\.locked.name)
                lines[index].packages = Set(lines[index].packages + met).sorted()
            }
            image.parts.append(
                .init(platform: platform.platform, manifest: platform.manifest, packages: published.image.packages.map(\.locked)))
        }
        self.lines = lines
    }
}
