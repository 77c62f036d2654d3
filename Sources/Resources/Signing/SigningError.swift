// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why nothing was signed, or a signer did not start or was not reached.
package enum SigningError: Diagnosable, Equatable {
    /// The signer looked at a message and does not sign it.
    case refused(reason: String)
    case unreachable(place: String, reason: String)
    case lost(reason: String)
    case brokenProtocol(reason: String)
    case foreignSigner(place: String, reason: String)
    case exposed(path: String, reason: String)
    case alreadyRunning(place: String)
    case cannotListen(place: String, reason: String)
    case journal(path: String, reason: String)
    case noUser(String)
    case notConfined(reason: String)
    case token(reason: String, remedy: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .refused(let reason):
            Diagnosis(
                "signing.refused", .policy, "the signer refused to sign: \(reason)",
                remedy: "it signs only what this store's build record holds; look into its journal, and build again")
        case .unreachable(let place, let reason):
            Diagnosis(
                "signing.unreachable", .unavailable, "expected a signer at \(place): \(reason)",
                remedy: "start `ashlar signer --socket \(place)`, or take `signer:` out of ashlar.yaml to start one with each build")
        case .lost(let reason):
            Diagnosis(
                "signing.lost", .unavailable, "the signer went away before it answered: \(reason)",
                remedy: "nothing was published; see why it ended, start it again and repeat the command")
        case .brokenProtocol(let reason):
            Diagnosis(
                "signing.protocol", .malformed, "expected a message of the signer's protocol: \(reason)",
                remedy: "let builder and signer be the same version of ashlar")
        case .foreignSigner(let place, let reason):
            Diagnosis(
                "signing.foreign-signer", .untrusted, "the process behind \(place) is not this catalog's signer: \(reason)",
                remedy: "find out who listens there before anything is signed: ss -xlp")
        case .exposed(let path, let reason):
            Diagnosis(
                "signing.exposed", .policy, "expected \(path) to be out of reach of other users: \(reason)",
                remedy: "use a folder of the signer's own, for example: install -d -m 0750 -o ashlar-signer /run/ashlar-signer")
        case .alreadyRunning(let place):
            Diagnosis(
                "signing.already-running", .conflict, "another signer has \(place)",
                remedy: "stop it first, or give this one a socket and a journal of its own")
        case .cannotListen(let place, let reason):
            Diagnosis(
                "signing.cannot-listen", .unavailable, "could not listen at \(place): \(reason)",
                remedy: "check that the folder exists and belongs to the signer's user")
        case .journal(let path, let reason):
            Diagnosis(
                "signing.journal", .unavailable, "could not write the signer's journal \(path), so nothing was signed: \(reason)",
                remedy: "make room or mend the file's owner and mode; what is not in the journal is not signed")
        case .noUser(let name):
            Diagnosis(
                "signing.no-user", .notFound, "expected a user `\(name)` for the signer, which does not keep root's rights",
                remedy: "make it: useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin \(name); or name another with --user")
        case .notConfined(let reason):
            Diagnosis(
                "signing.not-confined", .unavailable, "could not give up the rights a signer does not need: \(reason)",
                remedy: "start it as its own user, without root")
        case .token(let reason, let remedy):
            Diagnosis("signing.token", .unavailable, "the PKCS#11 token cannot be used: \(reason)", remedy: remedy)
        }
    }
}
