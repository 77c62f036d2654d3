// SPDX-License-Identifier: Apache-2.0
import Base
import SBOM
import VEX

extension FuzzTarget {
    static let documents: [FuzzTarget] = [
        rewriting("json", weight: 300) { try JSON.parse($0, limit: 1 << 20).canonicalBytes },
        FuzzTarget("purl", reading: { try PackageURL(text($0)) }, writing: { Array($0.description.utf8) }),
        FuzzTarget("license-expression", reading: { try LicenseExpression(text($0)) }, writing: { Array($0.description.utf8) }),
        FuzzTarget("copyright") { bytes in
            let summary = LicenseSummary(CopyrightFile(text(bytes)), source: "sample")
            _ = summary
        },
        FuzzTarget(
            "base64",
            reading: { bytes in
                guard let decoded = Base64.decode(text(bytes)) else { throw Refused() }
                return decoded
            }, writing: { Array(Base64.encode($0).utf8) }),
        FuzzTarget("time") { bytes in
            let text = text(bytes)
            for time in [Timestamp(rfc3339: text), Timestamp(date: text), Timestamp(release: text)] {
                guard let time else { continue }
                guard Timestamp(rfc3339: time.description) == time else { throw FuzzFailure(reason: "\(time) is read as another time") }
            }
        },
        FuzzTarget("openvex") { _ = try OpenVEX.read($0) },
        FuzzTarget("csaf") { _ = try CSAF.read($0) },
        FuzzTarget("vex-index") { _ = try VEXRepository.read(index: $0) },
        FuzzTarget("path-pattern") { bytes in
            guard let pattern = PathPattern(text(bytes)) else { throw Refused() }
            _ = pattern.matches("usr/share/doc/libc6/copyright")
        },
    ]

    /// For parsers that give nil.
    struct Refused: Diagnosable {
        var diagnosis: Diagnosis { Diagnosis("fuzz.refused", .malformed, "expected another text", remedy: "write it") }
    }
}
