// SPDX-License-Identifier: Apache-2.0
import Base

/// Numbers and times as people read them.
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

    static func count(_ number: Int, _ one: String, _ many: String) -> String { "\(number) \(number == 1 ? one : many)" }

    /// `23 Nov 2026, 05:10 UTC`.
    static func moment(_ time: Timestamp) -> String {
        let clock = time.description.split(separator: "T").last?.prefix(5) ?? ""
        return "\(day(time.dateText)), \(clock) UTC"
    }

    /// `2026-11-23` as `23 Nov 2026`; anything else as it is.
    static func day(_ date: String) -> String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = date.split(separator: "-").compactMap { Int($0) }
        guard date.utf8.count == 10, parts.count == 3, months.indices.contains(parts[1] - 1) else { return date }
        return "\(parts[2]) \(months[parts[1] - 1]) \(parts[0])"
    }

    /// `44 min`, `14 h`, `3 d`.
    static func age(of time: Timestamp, at now: Timestamp) -> String {
        let minutes = max(0, now.seconds - time.seconds) / 60
        if minutes < 60 { return "\(minutes) min" }
        return minutes < 48 * 60 ? "\(minutes / 60) h" : "\(minutes / 1440) d"
    }

    /// Hundred-thousandths as `5.8 %`.
    static func percent(_ hundredThousandths: Int) -> String {
        let tenths = (hundredThousandths + 50) / 100
        return tenths == 0 && hundredThousandths > 0 ? "< 0.1 %" : "\(tenths / 10).\(tenths % 10) %"
    }

    /// What a predicate type or artifact type is called.
    static func evidence(_ type: String) -> String {
        let known = [
            ("slsa.dev/provenance", "Provenance"), ("spdx.dev/Document", "SBOM, SPDX"), ("cyclonedx.org/bom", "SBOM, CycloneDX"),
            ("openvex.dev/ns", "VEX"), ("test-result", "Contract tests"), ("cosign/sign", "Signature"), ("simplesigning", "Signature"),
            ("cosign.artifact.sig", "Signature"), ("attestation/vuln", "Vulnerability scan"),
            ("verification_summary", "Verification summary"), ("attestation/svr", "Rebuilt elsewhere"),
            ("ashlar.source", "Everything it was built from"), ("tlog-proof", "Proof of the transparency log"),
            ("spdx", "SBOM, SPDX"), ("cyclonedx", "SBOM, CycloneDX"), ("signature", "Signature"),
        ]
        return known.first { type.contains($0.0) }?.1 ?? "Other"
    }
}
