// SPDX-License-Identifier: Apache-2.0
import Base
import Sigstore

/// One question about a manifest, answered from its case file alone.
protocol VerificationCheck: Sendable {
    /// `signature`: stable, documented.
    static var name: String { get }
    static func examine(_ exhibit: Exhibit, _ policy: VerificationPolicy) -> CheckResult
}

/// What checking an image means: these questions, about the index and about each platform manifest, in this order. Then, about the
/// release as a whole, `AgeCheck` and `ContentCheck`.
enum VerificationChecks {
    static let all: [any VerificationCheck.Type] = [
        DigestCheck.self,  // is everything that was found what its digest says?
        KeyCheck.self,  // were the keys good when they signed?
        ImageSignatureCheck.self,  // did a key sign this manifest?
        ClaimsCheck.self,  // are all kinds of claims there that a release carries?
        NameCheck.self,  // are signature and claims about the image that is meant?
        ProvenanceCheck.self,  // was it built by whom, from what and how we expect?
        LogCheck.self,  // did the log see all of it?
        RevocationCheck.self,  // did its publisher take it back?
    ]
}

/// A case file after its signatures were judged: what counts, and what was set aside.
struct Exhibit: Sendable {
    let file: CaseFile
    /// Signed by one of the keys, about the subject, and for the expected name or for none.
    let signed: [SignedPiece]
    /// Signed by one of the keys for another image.
    let misnamed: [SignedPiece]
    /// Signed by a key that was not good any more, or not yet, and why.
    let outlived: [(piece: SignedPiece, reason: String)]
    /// Signed by one of the keys, without a proof that the log that is demanded has seen it, and why.
    let unlogged: [(piece: SignedPiece, reason: String)]
    let ignored: [String]

    init(judging file: CaseFile, by policy: VerificationPolicy) {
        var judge = SignatureJudge(keys: policy.keys)
        var (signed, misnamed, ignored) = ([SignedPiece](), [SignedPiece](), file.ignored)
        var (outlived, unlogged) = ([(piece: SignedPiece, reason: String)](), [(piece: SignedPiece, reason: String)]())
        for piece in file.pieces {
            switch judge.judge(piece, about: file.subject) {
            case .notCounted(let reason): ignored.append("\(piece.place): \(reason)")
            case .signed(var one):
                if let keyring = policy.keyring?.value {
                    let time = policy.log.flatMap { file.witnessedTime(of: one.logEntry, in: $0) }
                    switch keyring.judge(fingerprint: one.key.fingerprint, integratedBefore: time, now: policy.freshness.now) {
                    case .trusted(let evidence): one.keyEvidence = evidence
                    case .refused(let reason):
                        outlived.append((one, reason))
                        continue
                    }
                }
                if let reason = file.absence(of: one.logEntry, from: policy.log) {
                    unlogged.append((one, reason))
                    continue
                }
                let names = one.names(of: file.subject)
                if names.isEmpty || names.contains(where: policy.name.admits) { signed.append(one) } else { misnamed.append(one) }
            }
        }
        self.file = file
        self.signed = signed
        self.misnamed = misnamed
        self.outlived = outlived
        self.unlogged = unlogged
        self.ignored = ignored
    }

    var subject: Digest { file.subject }

    /// Sorts what was set aside into reasons and warnings: it refuses the image when it is of a kind that must be there and nothing
    /// else is. Signed again or attached beside what counts, it does no harm.
    func judge(_ setAside: [(piece: SignedPiece, reason: String)], by policy: VerificationPolicy, into result: inout CheckResult) {
        let needed: Set<String?> = Set(policy.required.types(forPlatform: file.isPlatform).map(Optional.some)).union([nil])
        let there = Set(signed.map(\.predicateType))
        var seen: Set<String> = []
        for (piece, reason) in setAside where seen.insert("\(piece.title): \(reason)").inserted {
            if needed.contains(piece.predicateType), !there.contains(piece.predicateType) {
                result.reasons.append("\(piece.title): \(reason)")
            } else {
                result.warnings.append("\(file.title): \(piece.title): \(reason)")
            }
        }
    }

    /// Whether all that was signed with a name is for another image: then that is the reason, and what is missing follows from it.
    var isOfAnotherName: Bool { !misnamed.isEmpty && signed.allSatisfy { $0.names(of: subject).isEmpty } }

    var signatures: [SignedPiece] { signed.filter { if case .signature = $0.fact { true } else { false } } }

    /// Good claims, one for each statement, with the forms it was found in; sorted by type.
    var claims: [Verification.Claim] {
        var claims: [Verification.Claim] = []
        for piece in signed {
            guard case .claim(let statement) = piece.fact else { continue }
            if let position = claims.firstIndex(where: { $0.predicateType == statement.predicateType && $0.statement == statement }) {
                claims[position].forms.insert(piece.piece.form)
            } else {
                claims.append(.init(predicateType: statement.predicateType, statement: statement, forms: [piece.piece.form]))
            }
        }
        return claims.sorted { $0.predicateType < $1.predicateType }
    }

    /// The pieces that hold the provenance claims.
    var provenancePieces: [SignedPiece] {
        signed.filter { if case .claim(let statement) = $0.fact { statement.predicateType == PredicateType.slsaProvenance } else { false } }
    }

    /// The predicates of the provenance claims that count.
    var provenances: [JSON] { claims.filter { $0.predicateType == PredicateType.slsaProvenance }.map(\.statement.predicate) }
}
