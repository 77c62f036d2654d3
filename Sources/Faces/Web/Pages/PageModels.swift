// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI

// What templates see: finished texts, in the order they are shown.

struct HomeModel {
    let title = "Images"
    let isHome = true
    let style = Stylesheet.version
    let hasKey: Bool
    let host: String
    let isEmpty: Bool
    let count: String
    let images: [ImageModel]
}

struct ImageModel {
    let title: String
    let isHome = false
    let style = Stylesheet.version
    let hasKey: Bool
    let base: String
    let name: String
    let summary: String
    let hasSummary: Bool
    let streams: [StreamModel]
    let hasHistory: Bool
    let history: [BuildModel]
}

struct StreamModel {
    let name: String
    let stream: String
    let version: String
    let buildTag: String
    let tags: [String]
    let index: String
    let created: String
    let hasEndOfLife: Bool
    let endOfLife: String
    let reference: String
    let pinned: String
    let registryFlag: String
    let platforms: [PlatformModel]
    var details: [PlatformDetails] = []

    init(_ release: Release, _ visitor: Visitor) {
        name = release.repository
        stream = release.stream
        version = release.version
        buildTag = release.buildTag
        tags = release.tags
        index = release.index.description
        created = release.created.description
        hasEndOfLife = release.endOfLife != nil
        endOfLife = release.endOfLife ?? ""
        reference = "\(visitor.host)/\(release.repository):\(release.tags.first ?? release.buildTag)"
        pinned = "\(visitor.host)/\(release.repository)@\(release.index)"
        registryFlag = visitor.isSecure ? "" : " --allow-http-registry"
        platforms = release.platforms.map { PlatformModel($0, release.repository) }
    }
}

struct PlatformModel {
    let name: String
    let platform: String
    let digest: String
    let shortDigest: String
    let compressed: String
    let unpacked: String
    let packages: Int
    let contract: String
    let contractState: String

    init(_ platform: ReleasePlatform, _ repository: String) {
        name = repository
        self.platform = platform.platform.description
        digest = platform.manifest.description
        shortDigest = platform.manifest.short
        compressed = Readable.size(platform.compressedSize)
        unpacked = Readable.size(platform.unpackedSize)
        packages = platform.packageCount
        contract = Readable.contract(passed: platform.contractPassed, failed: platform.contractFailed, notRun: platform.contractNotRun)
        contractState = platform.contractFailed > 0 ? "bad" : platform.contractPassed > 0 && platform.contractNotRun == 0 ? "good" : "watch"
    }
}

struct PlatformDetails {
    let platform: String
    let layers: [BlobModel]
    let hasEvidence: Bool
    let evidence: [EvidenceModel]
}

struct BlobModel {
    let name: String
    let digest: String
    let shortDigest: String
    let mediaType: String
    let size: String
}

struct EvidenceModel {
    let label: String
    let href: String
    let digest: String
    let shortDigest: String
    let type: String
}

struct BuildModel {
    let name: String
    let buildTag: String
    let stream: String
    let digest: String
    let shortDigest: String
    let created: String
}

struct MessageModel {
    let title: String
    let isHome = false
    let style = Stylesheet.version
    let hasKey: Bool
    let text: String
}

/// Numbers as people read them.
enum Readable {
    /// Decimal units: `23.4 MB`.
    static func size(_ bytes: Int) -> String {
        let units = ["kB", "MB", "GB", "TB"]
        guard bytes >= 1000 else { return "\(bytes) B" }
        var tenths = (bytes + 50) / 100
        var unit = 0
        while tenths >= 10_000, unit < units.count - 1 {
            tenths = (tenths + 500) / 1000
            unit += 1
        }
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }

    static func contract(passed: Int, failed: Int, notRun: Int) -> String {
        guard passed + failed + notRun > 0 else { return "none" }
        return [(passed, "passed"), (failed, "failed"), (notRun, "not run")]
            .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }

    /// What a predicate type or artifact type is called.
    static func evidence(_ type: String) -> String {
        let known = [
            ("slsa.dev/provenance", "Provenance"), ("spdx.dev/Document", "SBOM, SPDX"), ("cyclonedx.org/bom", "SBOM, CycloneDX"),
            ("openvex.dev/ns", "VEX"), ("test-result", "Contract tests"), ("cosign/sign", "Signature"), ("simplesigning", "Signature"),
            ("cosign.artifact.sig", "Signature"), ("attestation/vuln", "Vulnerability scan"),
            ("verification_summary", "Verification summary"), ("attestation/svr", "Rebuilt elsewhere"),
            ("ashlar.source", "Everything it was built from"),
            ("spdx", "SBOM, SPDX"), ("cyclonedx", "SBOM, CycloneDX"), ("signature", "Signature"),
        ]
        return known.first { type.contains($0.0) }?.1 ?? "Other"
    }
}
