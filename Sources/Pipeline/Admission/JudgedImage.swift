// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Assess
import Base
import Describe
import Judge
import OCI

/// All that is looked at of one image, whether it was published or is about to be.
package struct JudgedImage: Sendable {
    /// Its packages with the copies they hold, and what the catalog calls it.
    var subject: AssessmentSubject
    let repository: String
    let stream: String
    /// The catalog's statements with their proofs on this image, asked with what was found; nil where no catalog is at hand.
    var statements: (@Sendable (Assessment) throws -> [TriageBook.Own])?
    /// The results of Check; nil when they are not at hand.
    var hardening: (findings: [GateCase.Hardening], checked: Set<String>)?
    var licences: @Sendable () -> [GateCase.License]? = { nil }

    init(repository: String, stream: String, digest: Digest, platforms: [PlatformPackages]) {
        self.repository = repository
        self.stream = stream
        let image = repository.split(separator: "/").last.map(String.init) ?? repository
        subject = AssessmentSubject(
            name: "\(repository):\(stream)", digest: digest.description, platforms: platforms,
            place: .init(image: image, stream: stream, repository: repository))
    }

    /// An image that was built and checked, and is not published.
    ///
    /// - Parameter proved: what the catalog says about it, with its proofs on the layers that will be published.
    package static func built(
        _ image: Image, _ findings: Findings, recipe: Recipe, lock: Lock, in repository: String, proved: [TriageBook.Own]
    ) -> JudgedImage {
        let built = Dictionary(image.platforms.map { ($0.platform.description, $0) }) { first, _ in first }
        let platforms = lock.components.compactMap { part in
            built[part.platform].map { platform in
                part.holding(of: platform.manifest.digest) { try CopiedSources.read(platform.packages) }
            }
        }
        var judged = JudgedImage(repository: repository, stream: image.stream, digest: image.index.digest, platforms: platforms)
        judged.statements = { _ in proved }
        let hardening = findings.hardening.map {
            GateCase.Hardening(rule: $0.rule, platform: $0.platform.description, path: $0.path, excepted: $0.excepted)
        }
        judged.hardening = (hardening, Set(findings.rules))
        judged.licences = {
            Describer(tool: InventoryTool(version: "")).describe(image, recipe: recipe).platforms.flatMap(\.packages).map {
                GateCase.License(package: $0.name, version: $0.version, expression: $0.license)
            }
        }
        return judged
    }
}

extension PlatformPackages {
    /// With the copies of other sources that packages hold. What cannot be read stands beside the numbers, which are those of the lock
    /// then.
    func holding(of manifest: Digest, _ copies: () throws -> [String: String]) -> PlatformPackages {
        var platform = self
        platform.manifest = manifest.description
        do {
            let copies = try copies()
            for index in platform.components.indices {
                platform.components[index].holdCopies(copies[platform.components[index].name] ?? "")
            }
        } catch {
            let reason = (error as? any Diagnosable)?.diagnosis.summary ?? "\(error)"
            platform.unread = [Unread(path: "var/lib/dpkg/status.d", layer: 0, reason: "what packages were built with: \(reason)")]
        }
        return platform
    }
}
