// SPDX-License-Identifier: Apache-2.0
import Base
import Pipeline

/// Why a command could not begin or had to say no.
enum CommandError: Diagnosable {
    case badSettings(line: Int, column: Int, found: String, expected: String, fix: String)
    case badBuilder(String)
    case keyExists(String)
    case keyMissing(String)
    case publicKeyMissing(String)
    case keyExposed(String)
    case certificateMissing(String)
    case foreignKey(String, reason: String)
    case unknownUser(String, kind: String)
    case needed(String, example: String)
    case badReference(String, reason: String)
    case badValue(String, reason: String)
    case notVerified(reference: String, reasons: [String])
    case locksStale([String])
    case nothingAsked
    case badOption(String, found: String, expected: String, nearest: String?, fix: String? = nil)
    case cannotRead(String, reason: String)
    case cannotWrite(String, reason: String)
    /// There is none, and none can be made.
    case noStore(String, reason: String)
    case badDuration(String)
    case storeFaults(path: String, faults: [String])
    case notWithdrawn(String)
    case notMirrored(String, nearest: String?)
    case badSetting(key: String, expected: String, found: String)
    /// A server would be reached by other machines without TLS; `place` says who named the address.
    case exposedHost(String, place: String)
    case badAccess(what: String, expected: String, found: String)

    var diagnosis: Diagnosis {
        switch self {
        case .badDuration(let text):
            Diagnosis(
                "command.bad-duration", .usage, "expected a time such as 7d, 12h, 30m or 90s, found `\(text)`",
                remedy: "write a whole number and one of d, h, m, s")
        case .storeFaults(let path, let faults):
            Diagnosis(
                "command.store-faults", .untrusted, "\(faults.count) fault\(faults.count == 1 ? "" : "s") in the store \(path)",
                remedy: "run `ashlar store repair`, then build the images named above again (ashlar build --rebuild) or restore a backup",
                notes: Array(faults.prefix(50)))
        case .notWithdrawn(let text):
            Diagnosis(
                "command.not-withdrawn", .notFound, "\(text) is not quarantined or revoked", remedy: "see `ashlar revoke --list`")
        case .notMirrored(let text, let nearest):
            Diagnosis(
                "command.not-mirrored", .notFound, "expected an image that a mirror has seen, found `\(text)`, which none has",
                remedy: nearest.map { "did you mean `\($0)`?" } ?? "see `ashlar mirror list --all`; what is pulled through is seen first")
        case .badSettings(let line, let column, let found, let expected, let fix):
            Diagnosis(
                "command.bad-settings", .malformed, "\(Settings.fileName):\(line):\(column): expected \(expected), found `\(found)`",
                remedy: fix)
        case .badBuilder(let found):
            Diagnosis(
                "command.bad-builder", .malformed,
                "expected a builder, one of \(BuilderKind.allCases.map(\.rawValue).joined(separator: ", ")), found `\(found)`",
                remedy: "correct `builder:` in ashlar.yaml or ASHLAR_BUILDER; docs/builders.md says what each promises")
        case .keyExists(let path):
            Diagnosis(
                "command.key-exists", .conflict, "there is a key at \(path), and it is not replaced",
                remedy: "move it away first; images signed with it will verify with its own public key only")
        case .keyMissing(let path):
            Diagnosis(
                "command.key-missing", .notFound, "there is no signing key at \(path)",
                remedy: "run `ashlar keys generate`, or name its folder with --keys")
        case .publicKeyMissing(let path):
            Diagnosis(
                "command.public-key-missing", .notFound, "there is no public key at \(path)",
                remedy: "name the signer's public key with --key; it comes to you by another way than the image")
        case .keyExposed(let path):
            Diagnosis(
                "command.key-exposed", .policy,
                "expected the signing key \(path) to be readable by its owner only, found that others may read or change it",
                remedy: "chmod 600 \(path); make a new key if somebody else could have read it")
        case .certificateMissing(let path):
            Diagnosis(
                "command.certificate-missing", .notFound, "Notation signatures need a certificate of the image key at \(path)",
                remedy: "ashlar keys certificate --subject C=DE,ST=Berlin,O=Example,CN=ashlar, or leave out notation")
        case .foreignKey(let path, let reason):
            Diagnosis(
                "command.foreign-key", .untrusted, "the key \(path) cannot be used: \(reason)",
                remedy: "restore the file that was made with the key, or make a new pair with `ashlar keys generate`")
        case .unknownUser(let name, let kind):
            Diagnosis(
                "command.unknown-user", .notFound, "this machine has no \(kind) `\(name)`",
                remedy: "see `getent \(kind == "group" ? "group" : "passwd")`")
        case .needed(let option, let example):
            Diagnosis("command.needed", .usage, "expected \(option)", remedy: "for example \(option) \(example)")
        case .badReference(let text, let reason):
            Diagnosis(
                "command.bad-reference", .usage, "expected an image reference, found `\(text)`: \(reason)",
                remedy: "write HOST:PORT/NAME:TAG or NAME:TAG")
        case .badValue(let text, let reason):
            Diagnosis(
                "command.bad-value", .usage, "`\(text)` cannot be taken: \(reason)", remedy: "see the command's --help for an example")
        case .notVerified(let reference, let reasons):
            Diagnosis(
                "command.not-verified", .untrusted, "\(reference) is not what was expected",
                remedy: "do not run it; check where the image and the key came from", notes: reasons)
        case .locksStale(let references):
            Diagnosis(
                "command.locks-stale", .policy, "\(references.count) locks differ from what their recipes and the archive give now",
                remedy: "run `ashlar resolve \(references.first ?? "")` and review the difference", notes: references)
        case .nothingAsked:
            Diagnosis("command.nothing-asked", .usage, "expected image names or --all", remedy: "for example `ashlar build python:3.13`")
        case .badOption(let option, let found, let expected, let nearest, let fix):
            Diagnosis(
                "command.bad-option", .usage, "\(option): expected \(expected), found `\(found)`",
                remedy: fix ?? nearest.map { "write \($0)" } ?? "see --help")
        case .cannotRead(let path, let reason):
            Diagnosis(
                "command.cannot-read", .notFound, "could not read \(path): \(reason)", remedy: "check the path and who may read it")
        case .cannotWrite(let path, let reason):
            Diagnosis(
                "command.cannot-write", .unavailable, "could not write \(path): \(reason)",
                remedy: "check the folder's owner, mode and free space")
        case .noStore(let folder, let reason):
            Diagnosis(
                "command.no-store", .unavailable, "expected a store in \(folder), found none and no way to make one: \(reason)",
                remedy: "name a folder that this user may write: --store <folder>, or ASHLAR_STORE=<folder>")
        case .badSetting(let key, let expected, let found):
            Diagnosis(
                "command.bad-setting", .malformed, "\(Settings.fileName): \(key): expected \(expected), found `\(found)`",
                remedy: "correct it; docs/configuration.md explains every key")
        case .exposedHost(let host, let place):
            Diagnosis(
                "command.exposed-host", .usage,
                "expected TLS, or an address that only this machine reaches, found \(place) \(host) and no certificate",
                remedy:
                    "name a certificate (--tls-certificate FILE --tls-key FILE, or serve.tls in \(Settings.fileName)); where something with TLS"
                    + " stands in front, say so with --plain-http-beyond-loopback; or leave out the address to serve 127.0.0.1")
        case .badAccess(let what, let expected, let found):
            Diagnosis(
                "command.bad-access", .usage, "expected \(expected) for \(what), found `\(found)`",
                remedy: "correct \(what); the command's --help has an example, docs/access.md explains it")
        }
    }
}
