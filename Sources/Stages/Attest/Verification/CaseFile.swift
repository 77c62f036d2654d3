// SPDX-License-Identifier: Apache-2.0
import Base
import OCI
import Sigstore
import Transparency

/// Everything that was found about one manifest. Bytes stand in it only after they were compared with their digests.
struct CaseFile: Sendable {
    let subject: Digest
    let title: String
    let document: Document
    /// Evidence whose bytes are what their descriptors say; nothing of it is believed yet.
    var pieces: [EvidencePiece] = []
    /// Proofs that an entry is in a log, by the digest of the entry's bytes; not checked yet.
    var proofs: [Digest: [ProofPiece]] = [:]
    /// Every blob that the manifest itself points to.
    var blobs: [Digest: Descriptor] = [:]
    /// What each manifest of evidence points to; looked at when a piece of it counts.
    var attached: [Digest: [Descriptor]] = [:]
    /// Manifests and blobs that were read and compared.
    var compared: Set<Digest> = []
    /// What is not what its digest says. Whoever may push cannot cause it: registries compare what they take.
    var damage: [String] = []
    /// What was found and not counted.
    var ignored: [String] = []
    let checkpoints = CheckedCheckpoints()

    enum Document: Sendable {
        case index(ImageIndex)
        case manifest(ImageManifest)
        case unreadable(reason: String)

        init(reading content: Content) {
            // What it is called decides what is tried first, and no more: not every place knows what it holds.
            if !content.isCalledManifest, let index = try? ImageIndex(reading: content.bytes) {
                self = .index(index)
                return
            }
            do throws(OCIError) { self = .manifest(try ImageManifest(reading: content.bytes)) } catch {
                if content.isCalledManifest, let index = try? ImageIndex(reading: content.bytes) {
                    self = .index(index)
                } else {
                    self = .unreadable(reason: error.diagnosis.summary)
                }
            }
        }

        var annotations: [String: String] {
            switch self {
            case .index(let index): index.annotations ?? [:]
            case .manifest(let manifest): manifest.annotations ?? [:]
            case .unreadable: [:]
            }
        }
    }

    func proofs(of entry: [UInt8]) -> [ProofPiece] { proofs[.sha256(of: entry)] ?? [] }

    var isPlatform: Bool { if case .manifest = document { true } else { false } }
    func isAbout(_ statement: Statement) -> Bool { statement.isAbout(subject) }
}

extension Content {
    fileprivate var isCalledManifest: Bool {
        [MediaType.manifest, MediaType.dockerManifest].contains(descriptor.mediaType)
    }
}

/// A piece of evidence and where it was found.
struct EvidencePiece: Sendable {
    enum Content: Sendable {
        /// A payload, and the text of the annotation with its signature.
        case simpleSigning(payload: [UInt8], signature: String)
        case envelope(Envelope)
    }
    var form: Verification.Form
    /// `referrer sha256:…`, `layer 0 of sha256-….sig`.
    var place: String
    /// The manifest it was found in.
    var manifest: Digest
    var content: Content
    /// The key a bundle names; nobody vouches for it.
    var hint: String?
}

/// A proof that somebody attached.
struct ProofPiece: Sendable {
    enum Content: Sendable {
        case inclusion(LogInclusion)
        case file([UInt8])
    }
    var place: String
    var content: Content
}

/// A piece whose signature by one of the keys is good and which is about the subject.
struct SignedPiece: Sendable {
    enum Fact: Sendable {
        /// An image signature; the name when it has one.
        case signature(name: String?)
        case claim(Statement)
    }
    var piece: EvidencePiece
    var key: VerificationKey
    var fact: Fact
    var evidence: [String]
    /// What the log must hold: made from the signed bytes, the signature that is good, and the key.
    var logEntry: [UInt8]
    /// Why the key counts, when a keyring decides that.
    var keyEvidence: String?

    /// The type of the claim; nil for a signature of the image.
    var predicateType: String? { if case .claim(let statement) = fact { statement.predicateType } else { nil } }

    /// What it is, for people: `signature (legacy)`, `spdx`.
    var title: String {
        switch fact {
        case .signature: "signature (\(piece.form.rawValue))"
        case .claim(let statement): PredicateType.shortName(of: statement.predicateType) ?? String(statement.predicateType.prefix(200))
        }
    }

    /// The names the signer gave the subject; empty when none.
    func names(of subject: Digest) -> [String] {
        switch fact {
        case .signature(let name): [name].compactMap(\.self).filter { !$0.isEmpty }
        case .claim(let statement):
            statement.subject.filter { $0.digest?["sha256"] == subject.hex }.compactMap(\.name).filter { !$0.isEmpty }
        }
    }
}
