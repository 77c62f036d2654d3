// SPDX-License-Identifier: Apache-2.0
import Base

/// Why a command could not begin or had to say no.
enum CommandError: Diagnosable {
    case badSettings(line: Int, found: String, expected: [String])
    case unknownImage(String, nearest: String?)
    case keyExists(String)
    case keyMissing(String)
    case keyExposed(String)
    case badReference(String, reason: String)
    case notVerified(reference: String, reasons: [String])
    case locksStale([String])
    case nothingAsked
    case cannotWrite(String, reason: String)
    case badSetting(key: String, expected: String, found: String)
    case badAccess(what: String, expected: String, found: String)

    var diagnosis: Diagnosis {
        switch self {
        case .badSettings(let line, let found, let expected):
            Diagnosis(
                "command.bad-settings", .malformed,
                "ashlar.yaml:\(line): expected one of \(expected.joined(separator: ", ")), found `\(found)`",
                remedy: "correct the line or remove it")
        case .unknownImage(let name, let nearest):
            Diagnosis(
                "command.unknown-image", .notFound,
                "the catalog has no image `\(name)`" + (nearest.map { "; did you mean `\($0)`?" } ?? ""),
                remedy: "see `ashlar list`, or name one as NAME:STREAM, such as python:3.13")
        case .keyExists(let path):
            Diagnosis(
                "command.key-exists", .conflict, "there is a key at \(path), and it is not replaced",
                remedy: "move it away first; images signed with it will verify with its own public key only")
        case .keyMissing(let path):
            Diagnosis(
                "command.key-missing", .notFound, "there is no signing key at \(path)",
                remedy: "run `ashlar keys generate`, or name its folder with --keys")
        case .keyExposed(let path):
            Diagnosis(
                "command.key-exposed", .policy,
                "expected the signing key \(path) to be readable by its owner only, found that others may read or change it",
                remedy: "chmod 600 \(path); make a new key if somebody else could have read it")
        case .badReference(let text, let reason):
            Diagnosis(
                "command.bad-reference", .usage, "expected an image reference, found `\(text)`: \(reason)",
                remedy: "write HOST:PORT/NAME:TAG or NAME:TAG")
        case .notVerified(let reference, let reasons):
            Diagnosis(
                "command.not-verified", .untrusted, "\(reference) is not verified by this key",
                remedy: "do not run it; check where the image and the key came from", notes: reasons)
        case .locksStale(let references):
            Diagnosis(
                "command.locks-stale", .policy, "\(references.count) locks differ from what their recipes and the archive give now",
                remedy: "run `ashlar resolve \(references.first ?? "")` and review the difference", notes: references)
        case .nothingAsked:
            Diagnosis("command.nothing-asked", .usage, "expected image names or --all", remedy: "for example `ashlar build python:3.13`")
        case .cannotWrite(let path, let reason):
            Diagnosis(
                "command.cannot-write", .unavailable, "could not write \(path): \(reason)",
                remedy: "check the folder's owner, mode and free space")
        case .badSetting(let key, let expected, let found):
            Diagnosis(
                "command.bad-setting", .malformed, "\(Settings.fileName): \(key): expected \(expected), found `\(found)`",
                remedy: "correct it; docs/configuration.md explains every key")
        case .badAccess(let what, let expected, let found):
            Diagnosis(
                "command.bad-access", .usage, "expected \(expected) for \(what), found `\(found)`",
                remedy: "see the examples of `ashlar accounts add --help` and docs/access.md")
        }
    }
}
