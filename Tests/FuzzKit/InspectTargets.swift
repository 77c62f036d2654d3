// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import ELF
import Ecosystems
import Inspect
import SBOM

extension FuzzTarget {
    private static let limit = 1 << 20

    /// What reads the files of images that somebody else made.
    static let foreign: [FuzzTarget] = [
        reading("dpkg-database") { try DpkgDatabase.packages($0) },
        reading("apk-database") { try ApkDatabase.packages($0) },
        reading("rpm-database") { try RPMDatabase.packages($0) },
        reading("python-metadata") { try PythonPackage.metadata($0) },
        reading("python-record") { PythonPackage.record($0, package: "a", in: "usr/lib/python3/dist-packages") },
        reading("npm-manifest") { try NPMPackage.manifest($0) },
        reading("npm-lock") { try NPMPackage.lock($0) },
        reading("java-archive") { try JavaArchive.packages($0, named: "commons-lang3-3.12.0.jar") },
        reading("rust-audit") { try RustAudit.packages($0) },
        reading("go-build-info") { bytes in try ELFSections(bytes).flatMap { try GoBuildInfo(bytes, $0)?.reading } },
        FuzzTarget("os-release") { bytes in
            guard bytes.withUnsafeBytes({ Distribution(reading: $0) }) != nil else {
                throw EcosystemsError.malformed(what: "os-release", reason: "no ID")
            }
        },
        FuzzTarget("zip") { bytes in
            try bytes.withUnsafeBytes { raw in
                let archive = try ZipArchive(raw)
                for member in archive.members.prefix(100) where member.size <= limit {
                    guard try archive.content(of: member, limit: limit).count == member.size else {
                        throw FuzzFailure(reason: "a member of another size than it states")
                    }
                }
            }
        },
        FuzzTarget("gzip-stream") { bytes in
            var count = 0
            try bytes.withUnsafeBytes { raw in
                try GzipStream.decode(raw, limit: limit) { chunk in
                    count += chunk.count
                    return .more
                }
            }
            guard count <= limit else { throw FuzzFailure(reason: "more than the limit came out") }
            // Two libraries must agree about what they take.
            guard try Gzip.decode(bytes, limit: limit).count == count else { throw FuzzFailure(reason: "two decoders disagree") }
        },
        FuzzTarget("layer", weight: 60) { bytes in
            let inspector = Inspector(limits: InspectionLimits(entries: 1000, layerBytes: limit, freeBytes: limit))
            let layer = try bytes.withUnsafeBytes { try inspector.scan($0, number: 0, sharing: InspectionAllowance(inspector.limits)) }
            let inventory = try inspector.inventory(of: [layer, layer], as: ForeignSubject(reference: "a"), ports: [])
            guard inventory.files.allSatisfy({ TarPath.cleaned($0.path).path == $0.path }) else {
                throw FuzzFailure(reason: "a path that is not clean")
            }
            guard Set(inventory.files.map(\.path)).count == inventory.files.count else {
                throw FuzzFailure(reason: "a path that stands twice")
            }
        },
    ]

    private static func reading(
        _ name: String, _ read: @escaping @Sendable (UnsafeRawBufferPointer) throws -> PackageReading?
    ) -> FuzzTarget {
        FuzzTarget(name) { bytes in
            let reading = try bytes.withUnsafeBytes { try read($0) }
            for package in reading?.packages ?? [] {
                guard !package.name.isEmpty, !package.version.isEmpty else {
                    throw FuzzFailure(reason: "a package without name or version")
                }
                if let purl = package.purl(on: nil) { _ = purl.description }
            }
            guard (reading?.faults.count ?? 0) <= PackageReading.faultLimit + 1 else { throw FuzzFailure(reason: "too many faults") }
        }
    }
}
