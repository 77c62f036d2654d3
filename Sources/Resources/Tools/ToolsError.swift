// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a program of the machine could not do its work.
package enum ToolsError: Diagnosable, Equatable {
    /// The program is not on the search path; `package` is Debian's name of what brings it.
    case missing(program: String, package: String)
    case notStarted(program: String, errno: Int32)
    /// It ended otherwise than with status 0; `output` is the end of what it said.
    case failed(program: String, status: String, output: String)
    case timedOut(program: String, seconds: Int)
    /// A temporary folder or file could not be made or read.
    case file(path: String, errno: Int32)
    case keyringMalformed(name: String, reason: String)
    /// Keys in the keyring that nobody pinned, and pinned keys that are absent.
    case keyringNotPinned(name: String, strangers: [String], missing: [String])
    case tooLarge(what: String, limit: Int)

    package var diagnosis: Diagnosis {
        switch self {
        case .missing(let program, let package):
            Diagnosis(
                "tools.missing", .unavailable, "expected the program \(program) on the search path, found none",
                remedy: "apt-get install \(package)")
        case .notStarted(let program, let errno):
            Diagnosis(
                "tools.not-started", .unavailable, "expected \(program) to start, found \(describe(errno))",
                remedy: "run \(program) by hand as the same user; the message it gives names the cause")
        case .failed(let program, let status, let output):
            Diagnosis(
                "tools.failed", .internalFault, "expected \(program) to end with status 0, found \(status)",
                remedy: "read the program's own words in the notes", notes: output.split(separator: "\n").suffix(20).map(String.init))
        case .timedOut(let program, let seconds):
            Diagnosis(
                "tools.timed-out", .unavailable, "expected \(program) to end within \(seconds) s, found it still running and ended it",
                remedy: "try again on a machine that is less busy")
        case .file(let path, let errno):
            Diagnosis(
                "tools.file", .unavailable, "expected to use \(path), found \(describe(errno))",
                remedy: "check the permissions and the free space of its folder")
        case .keyringMalformed(let name, let reason):
            Diagnosis(
                "tools.keyring-malformed", .malformed, "expected OpenPGP version 4 public keys in keyring \(name), found \(reason)",
                remedy: "export it again: gpg --no-default-keyring --keyring <file> --export > \(name)")
        case .keyringNotPinned(let name, let strangers, let missing):
            Diagnosis(
                "tools.keyring-not-pinned", .untrusted,
                "expected exactly the pinned keys in keyring \(name), found \(strangers.count) that are not pinned"
                    + " and \(missing.count) pinned keys absent",
                remedy: "compare with the fingerprints the archive publishes, then correct `fingerprints` in the suite file",
                notes: strangers.map { "not pinned \($0)" } + missing.map { "absent \($0)" })
        case .tooLarge(let what, let limit):
            Diagnosis(
                "tools.too-large", .malformed, "expected \(what) of at most \(limit) bytes, found more",
                remedy: "check where it came from; nothing real is that large")
        }
    }
}
