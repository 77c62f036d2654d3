// SPDX-License-Identifier: Apache-2.0
import Archive
import Base
import Debian

extension FuzzTarget {
    static let debian: [FuzzTarget] = [
        FuzzTarget("deb822") { bytes in
            for paragraph in try Deb822.paragraphs(bytes, limits: .init(bytes: 1 << 20, paragraphs: 1000)) {
                _ = paragraph.lines("Description")
            }
        },
        FuzzTarget(
            "deb-version", reading: { try DebianVersion(text($0)) }, writing: { Array($0.description.utf8) }),
        FuzzTarget(
            "relations", reading: { try RelationGroup.parse(text($0)) },
            writing: { Array($0.map(\.description).joined(separator: ", ").utf8) }),
        FuzzTarget("deb") { bytes in
            let package = try DebFile(bytes, controlLimit: 1 << 20)
            guard package.data.upperBound <= bytes.count else { throw FuzzFailure(reason: "a data part that reaches beyond the file") }
            for script in package.scripts {
                _ = ScriptNormaliser.normalised(script.bytes, package: package.name, triplet: "x86_64-linux-gnu")
            }
        },
        FuzzTarget("release") { try use(ReleaseFile(release: $0)) },
        FuzzTarget("inrelease") { try use(ReleaseFile(inRelease: $0)) },
        FuzzTarget("packages") { bytes in
            var builder = PackageIndexBuilder(limits: .init(textBytes: 1 << 20, stanzaBytes: 1 << 16, records: 1000))
            try builder.append(bytes)
            try use(PackageIndex(try builder.finish()))
        },
        // Our own form of it, as it lies in the cache.
        FuzzTarget("package-index") { try use(PackageIndex($0)) },
    ]

    static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func use(_ file: ReleaseFile) throws {
        _ = file.packages(component: "main", architecture: "amd64")
    }

    private static func use(_ index: PackageIndex) throws {
        _ = index.candidates(named: "libc6")
        _ = index.namesResembling("libc")
        _ = index.providers(of: "awk")
        var number = 0
        while number < 1000, let record = index.record(number) {
            _ = (record.name, record.version, record.source, record.sourceVersion, record.digest, record.size, record.path)
            for field in PackageRecord.RelationField.allCases { _ = try? record.relations(field) }
            number += 1
        }
    }
}
