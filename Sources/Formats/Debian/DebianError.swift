// SPDX-License-Identifier: Apache-2.0
package import Archive
package import Base

/// Why Debian metadata was refused.
package enum DebianError: Diagnosable, Hashable {
    /// A version that Policy 5.6.12 does not allow.
    case badVersion(String, reason: String)
    /// A relationship field that Policy 7.1 does not allow, at a byte of it.
    case badRelation(String, offset: Int, reason: String)
    /// Control data that deb822(5) does not allow. Lines count from one.
    case badControlData(line: Int, reason: String)
    /// A field that must be there and is not.
    case missingField(String, of: String)
    /// A field whose value cannot be what it says.
    case badField(String, of: String, value: String)
    /// More bytes, fields or paragraphs than a reader takes.
    case tooLarge(what: String, limit: Int)
    /// An InRelease file that is not one cleartext-signed message and nothing else. Lines count from one.
    case notClearsigned(line: Int, reason: String)
    /// A paragraph of a Packages file that cannot be used. Paragraphs count from one.
    case badStanza(number: Int, package: String, reason: String)
    /// A stored package index that is damaged or was written by another version.
    case badIndex(reason: String)
    /// A file that is not a Debian binary package.
    case badPackageFile(reason: String)
    /// A container inside a package or an index that could not be read.
    case unreadable(String, ArchiveError)

    package var diagnosis: Diagnosis {
        switch self {
        case .badVersion(let text, let reason):
            Diagnosis(
                "debian.bad-version", .malformed,
                "expected a Debian version such as 1:2.40-3+deb13u1, found “\(Self.shown(text))”: \(reason)",
                remedy: "correct the version where it is written; Policy 5.6.12 says which characters may stand where")
        case .badRelation(let text, let offset, let reason):
            Diagnosis(
                "debian.bad-relation", .malformed,
                "expected relations such as libc6 (>= 2.41) | libfoo, found \(reason) at byte \(offset) of “\(Self.shown(text))”",
                remedy: "correct the relation field; Policy 7.1 describes it")
        case .badControlData(let line, let reason):
            Diagnosis(
                "debian.bad-control-data", .malformed, "expected control data (deb822), found \(reason) in line \(line)",
                remedy: "fetch the file again; if its digest is right, report it to who published it")
        case .missingField(let name, let owner):
            Diagnosis(
                "debian.missing-field", .malformed, "expected a field \(name) in \(Self.shown(owner)), found none",
                remedy: "fetch the file again; if its digest is right, report it to who published it")
        case .badField(let name, let owner, let value):
            Diagnosis(
                "debian.bad-field", .malformed,
                "expected a well-formed field \(name) in \(Self.shown(owner)), found “\(Self.shown(value))”",
                remedy: "fetch the file again; if its digest is right, report it to who published it")
        case .tooLarge(let what, let limit):
            Diagnosis(
                "debian.too-large", .policy, "expected at most \(limit) \(what), found more",
                remedy: "look at the file before you trust it; no archive is known that needs more")
        case .notClearsigned(let line, let reason):
            Diagnosis(
                "debian.not-clearsigned", .untrusted, "expected one signed message and nothing else, found \(reason) in line \(line)",
                remedy: "fetch InRelease again; when it stays so, the mirror is broken or tampered with: use another")
        case .badStanza(let number, let package, let reason):
            Diagnosis(
                "debian.bad-stanza", .malformed,
                "expected a usable paragraph \(number) of the Packages file"
                    + (package.isEmpty ? "" : " (\(Self.shown(package)))") + ", found \(reason)",
                remedy: "fetch the index again; if its digest is right, report it to the archive")
        case .badIndex(let reason):
            Diagnosis(
                "debian.bad-index", .malformed, "expected a stored package index, found \(reason)",
                remedy: "delete the stored index; it is made again from the signed one")
        case .badPackageFile(let reason):
            Diagnosis(
                "debian.bad-package-file", .malformed, "expected a Debian binary package (deb(5), format 2.0), found \(reason)",
                remedy: "fetch the file again; if its digest is right, report it to who published it")
        case .unreadable(let what, let error):
            Diagnosis(
                "debian.unreadable", error.diagnosis.kind, "\(Self.shown(what)) cannot be read: \(error.diagnosis.summary)",
                remedy: error.diagnosis.remedy)
        }
    }

    // Hostile text must not reach a terminal with its control characters, nor fill the screen.
    private static func shown(_ text: String) -> String {
        let clean = text.unicodeScalars.prefix(120).map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : Character($0) }
        return String(clean) + (text.unicodeScalars.count > 120 ? "…" : "")
    }
}
