// SPDX-License-Identifier: Apache-2.0
import Base
import OCI
import Sigstore
import Transparency

/// Tells evidence signed by one of the keys about the right manifest from all the rest.
struct SignatureJudge {
    let keys: [VerificationKey]
    // Both forms of a claim hold one payload, which is large for SBOMs: it is read once.
    private var statements: [Digest: Result<Statement, SigstoreError>] = [:]

    init(keys: [VerificationKey]) { self.keys = keys }

    enum Ruling {
        case signed(SignedPiece)
        case notCounted(reason: String)
    }

    mutating func judge(_ piece: EvidencePiece, about subject: Digest) -> Ruling {
        switch piece.content {
        case .simpleSigning(let payload, let signature): judge(piece, payload, signature, about: subject)
        case .envelope(let envelope): judge(piece, envelope, about: subject)
        }
    }

    private func judge(_ piece: EvidencePiece, _ payload: [UInt8], _ signature: String, about subject: Digest) -> Ruling {
        var reasons: [String] = []
        for key in keys {
            switch StatementVerifier.verify(simpleSigning: payload, signature: signature, about: subject, key: key) {
            case .good(let evidence):
                let name = (try? SimpleSigning(reading: payload))?.dockerReference
                let entry = Self.logEntry(.sha256(of: payload), Base64.decode(signature) ?? [], key)
                return .signed(SignedPiece(piece: piece, key: key, fact: .signature(name: name), evidence: evidence, logEntry: entry))
            case .bad(let reason): reasons.append(reason)
            }
        }
        return .notCounted(reason: Self.joined(reasons))
    }

    private mutating func judge(_ piece: EvidencePiece, _ envelope: Envelope, about subject: Digest) -> Ruling {
        // Type and payload are hashed once, for the signature, for the log and as the name of what was read already.
        let digest = envelope.signedDigest
        var reasons: [String] = []
        // The hint saves tries and decides nothing.
        for key in keys.filter({ $0.hint == piece.hint }) + keys.filter({ $0.hint != piece.hint }) {
            for signature in envelope.signatures {
                switch SignatureVerifier.verify(der: signature.signature, digest: digest, key: key) {
                case .good(let evidence):
                    let entry = Self.logEntry(digest, signature.signature, key)
                    return judge(piece, envelope, digest, signedBy: key, evidence, entry, about: subject)
                case .bad(let reason): reasons.append(reason)
                }
            }
        }
        return .notCounted(reason: Self.joined(reasons))
    }

    private mutating func judge(
        _ piece: EvidencePiece, _ envelope: Envelope, _ digest: Digest, signedBy key: VerificationKey, _ evidence: [String], _ entry: [UInt8],
        about subject: Digest
    ) -> Ruling {
        guard envelope.payloadType == Statement.payloadType else {
            return .notCounted(reason: "the payload type is '\(envelope.payloadType.prefix(80))', not \(Statement.payloadType)")
        }
        switch statement(in: envelope.payload, named: digest) {
        case .failure(let error): return .notCounted(reason: error.diagnosis.summary)
        case .success(let statement):
            guard statement.isAbout(subject) else { return .notCounted(reason: "the statement is signed, but not about \(subject)") }
            let evidence = evidence + ["statement of type \(statement.predicateType) about \(subject)"]
            guard statement.predicateType == PredicateType.cosignSign else {
                return .signed(SignedPiece(piece: piece, key: key, fact: .claim(statement), evidence: evidence, logEntry: entry))
            }
            guard piece.form == .bundle else {
                return .notCounted(reason: "a signature in the legacy form is a simple signing payload, not a statement")
            }
            let name = statement.subject.first { $0.digest?["sha256"] == subject.hex }?.name
            return .signed(SignedPiece(piece: piece, key: key, fact: .signature(name: name), evidence: evidence, logEntry: entry))
        }
    }

    private static func logEntry(_ digest: Digest, _ signature: [UInt8], _ key: VerificationKey) -> [UInt8] {
        RekorEntry(digest: digest, signature: signature, publicKeyDER: key.der).body
    }

    private mutating func statement(in payload: [UInt8], named digest: Digest) -> Result<Statement, SigstoreError> {
        if let known = statements[digest] { return known }
        let result: Result<Statement, SigstoreError>
        do throws(SigstoreError) { result = .success(try Statement(reading: payload)) } catch { result = .failure(error) }
        statements[digest] = result
        return result
    }

    private static func joined(_ reasons: [String]) -> String {
        var seen: Set<String> = []
        return reasons.filter { seen.insert($0).inserted }.joined(separator: "; ")
    }
}
