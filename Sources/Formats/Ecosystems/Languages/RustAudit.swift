// SPDX-License-Identifier: Apache-2.0
// https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md
import Archive
import Base

/// The crates of a program that was built with `cargo auditable`: compressed JSON in the section `.dep-v0`.
package enum RustAudit {
    package static let sectionName = ".dep-v0"
    private static let limit = 8 << 20

    /// Crates of the program; those that only took part in its building are left out.
    package static func packages(_ section: UnsafeRawBufferPointer) throws(EcosystemsError) -> PackageReading {
        let json: JSON
        do {
            // Some linkers fill the section up with zeros.
            let content = try Inflate.decode(section, limit: limit, frame: .zlib)
            json = try JSON.parse(content, limit: limit)
        } catch let error as any Diagnosable { throw .malformed(what: "audit data of Rust", reason: error.diagnosis.summary) } catch {
            throw .malformed(what: "audit data of Rust", reason: "other bytes")
        }
        guard let packages = json["packages"]?.array else { throw .malformed(what: "audit data of Rust", reason: "no list of packages") }
        var reading = PackageReading()
        for (position, entry) in packages.enumerated() {
            guard let name = entry["name"]?.string, let version = entry["version"]?.string, !name.isEmpty, !version.isEmpty else {
                reading.fault("the crate \(position + 1) has no name or no version")
                continue
            }
            if let kind = entry["kind"]?.string, kind != "runtime" { continue }
            reading.packages.append(FoundPackage(.cargo, name, version))
        }
        return reading
    }
}
