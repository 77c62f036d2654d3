// SPDX-License-Identifier: Apache-2.0
import Base
import Sigstore
import Transparency

/// What a signer found in a message that it is ready to sign.
struct Approval: Hashable, Sendable {
    enum Kind: String, Sendable { case statement, simpleSigning = "simple-signing", checkpoint, notation }
    var kind: Kind
    /// The manifests the message is about, or the log and its size.
    var subjects: [String]
    /// The repository they were built for; the log's origin.
    var place: String
    /// The predicate type of a statement.
    var type: String?
}

/// Reads a message by itself and decides whether it may be signed. What is not understood to the last byte is refused:
/// messages are canonical JSON, written again and compared, so that what was checked is what is signed.
struct SigningPolicy: Sendable {
    let record: any SubjectRecord

    static let subjectLimit = 64
    /// An own key's verdict about an image that was built again (in-toto simple verification result).
    static let verificationResult = "https://in-toto.io/attestation/svr/v0.1"
    static let predicateTypes = Set(PredicateType.shortNames.map(\.type) + [verificationResult])

    /// Everything but a checkpoint, which depends on the one before it.
    func approve(_ message: SignableMessage) throws -> Approval? {
        switch message {
        case .statement(let bytes): try approve(statement: bytes)
        case .simpleSigning(let bytes): try approve(simpleSigning: bytes)
        case .notation(let bytes): try approve(notation: bytes)
        case .checkpoint: nil
        }
    }

    func approve(statement bytes: [UInt8]) throws -> Approval {
        let json = try canonical(bytes, as: "statement", limit: SignerProtocol.messageLimit)
        guard let members = json.object, Set(members.keys) == ["_type", "predicate", "predicateType", "subject"] else {
            throw SigningError.refused(reason: "a statement has the members _type, subject, predicateType and predicate, and no others")
        }
        guard members["_type"]?.string == Statement.v1 else {
            throw SigningError.refused(reason: "the statement is not of the type \(Statement.v1)")
        }
        guard let type = members["predicateType"]?.string, Self.predicateTypes.contains(type) else {
            let found = members["predicateType"]?.string ?? ""
            throw SigningError.refused(reason: "the predicate type '\(found.prefix(120))' is not one this signer knows")
        }
        guard let predicate = members["predicate"]?.object else { throw SigningError.refused(reason: "the predicate is not an object") }
        if type == PredicateType.cosignSign, !predicate.isEmpty {
            throw SigningError.refused(reason: "the statement that stands for a signature has a predicate that is not empty")
        }
        guard let subjects = members["subject"]?.array, (1...Self.subjectLimit).contains(subjects.count) else {
            throw SigningError.refused(reason: "a statement has 1 to \(Self.subjectLimit) subjects")
        }
        var approval = Approval(kind: .statement, subjects: [], place: "", type: type)
        for subject in subjects {
            let (digest, repository) = try approve(subject: subject)
            guard approval.subjects.isEmpty || approval.place == repository else {
                throw SigningError.refused(reason: "the subjects of one statement were built for different repositories")
            }
            approval.place = repository
            approval.subjects.append(digest.description)
        }
        return approval
    }

    private func approve(subject: JSON) throws -> (Digest, repository: String) {
        guard let members = subject.object, Set(members.keys).isSubset(of: ["digest", "name"]) else {
            throw SigningError.refused(reason: "a subject has a digest, perhaps a name, and nothing else")
        }
        // A second digest, by another algorithm, would be vouched for without having been looked at.
        guard let digests = members["digest"]?.object, digests.count == 1, let hex = digests["sha256"]?.string,
            let digest = Digest(hex: hex)
        else { throw SigningError.refused(reason: "a subject has one digest, by sha256") }
        let repository = try repository(of: digest)
        if let name = members["name"], name.string != repository {
            throw SigningError.refused(
                reason: "the subject \(digest) is named '\((name.string ?? "").prefix(120))' and was built for \(repository)")
        }
        return (digest, repository)
    }

    func approve(simpleSigning bytes: [UInt8]) throws -> Approval {
        let payload: SimpleSigning
        do throws(SigstoreError) { payload = try SimpleSigning(reading: bytes) } catch {
            throw SigningError.refused(reason: error.diagnosis.summary)
        }
        let repository = try repository(of: payload.digest)
        guard SimpleSigning(dockerReference: repository, digest: payload.digest).canonicalBytes == bytes else {
            throw SigningError.refused(
                reason: "the simple signing payload is not the one canonical text for \(repository) and \(payload.digest)")
        }
        return Approval(kind: .simpleSigning, subjects: [payload.digest.description], place: repository)
    }

    func approve(notation input: [UInt8]) throws -> Approval {
        let target: Digest
        do throws(SigstoreError) { target = try NotationEnvelope.target(ofSigningInput: input) } catch {
            throw SigningError.refused(reason: error.diagnosis.summary)
        }
        return Approval(kind: .notation, subjects: [target.description], place: try repository(of: target))
    }

    /// - Parameter last: the last checkpoint that was signed for this log.
    static func approve(
        checkpoint bytes: [UInt8], consistency: [Digest], origin: String?, last: (size: Int, root: Digest)?
    ) throws -> (Approval, Checkpoint) {
        let checkpoint = try read(checkpoint: bytes)
        guard let origin else { throw SigningError.refused(reason: "this signer has no key for a log") }
        guard checkpoint.origin == origin else {
            throw SigningError.refused(
                reason: "the checkpoint is of the log '\(checkpoint.origin.prefix(120))', this signer's is '\(origin)'")
        }
        if let last {
            guard checkpoint.size >= last.size else {
                throw SigningError.refused(reason: "the log had \(last.size) entries before, and has \(checkpoint.size) now")
            }
            guard checkpoint.size > last.size || checkpoint.root == last.root else {
                throw SigningError.refused(reason: "another root over the same \(last.size) entries was signed before: \(last.root)")
            }
            guard MerkleTree.isConsistent(old: last, new: (checkpoint.size, checkpoint.root), proof: consistency) else {
                throw SigningError.refused(
                    reason: "the proof does not show that the log's \(checkpoint.size) entries begin with the \(last.size) signed before")
            }
        } else if !consistency.isEmpty {
            throw SigningError.refused(reason: "the first checkpoint of a log comes without a proof")
        }
        return (Approval(kind: .checkpoint, subjects: ["\(checkpoint.size)"], place: origin), checkpoint)
    }

    // Exactly the three lines that are signed here: extension lines are refused, since nobody here checks them.
    private static func read(checkpoint bytes: [UInt8]) throws -> Checkpoint {
        let checkpoint: Checkpoint
        do throws(TransparencyError) { checkpoint = try Checkpoint(reading: bytes) } catch {
            throw SigningError.refused(reason: error.diagnosis.summary)
        }
        guard checkpoint.extensions.isEmpty, checkpoint.text == bytes else {
            throw SigningError.refused(reason: "the checkpoint is not the three lines origin, size and root in their one form")
        }
        return checkpoint
    }

    private func repository(of digest: Digest) throws -> String {
        guard let repository = try record.repository(ofSubject: digest) else {
            throw SigningError.refused(reason: "no build of this store made \(digest)")
        }
        return repository
    }

    private func canonical(_ bytes: [UInt8], as kind: String, limit: Int) throws -> JSON {
        let json: JSON
        do throws(JSONError) { json = try JSON.parse(bytes, limit: limit) } catch {
            throw SigningError.refused(reason: "the \(kind) is not JSON: \(error.diagnosis.summary)")
        }
        guard json.canonicalBytes == bytes else { throw SigningError.refused(reason: "the \(kind) is not canonical JSON") }
        return json
    }
}
