// SPDX-License-Identifier: Apache-2.0
import Base
import Crypto
import Testing

@testable import Transparency

/// Keys of tests, made from a number.
struct TestKey {
    let secret: Curve25519.Signing.PrivateKey
    let key: NoteKey

    init(_ number: UInt8, name: String = "log.example.org", algorithm: NoteKey.Algorithm = .ed25519) throws {
        secret = try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: number, count: 32))
        key = try NoteKey(name: name, algorithm: algorithm, publicKey: Array(secret.publicKey.rawRepresentation))
    }

    func sign(_ text: [UInt8], at time: Int = 1_679_315_147) throws -> NoteSignature {
        switch key.algorithm {
        case .ed25519: return NoteSignature(by: key, signature: Array(try secret.signature(for: text)))
        case .cosignature:
            let signature = Array(try secret.signature(for: Cosignature.message(of: text, at: time)))
            return NoteSignature(by: key, signature: Cosignature.bytes(signature, at: time))
        }
    }
}

private let known = """
    If you think cryptography is the answer to your problem,
    then you don't know what your problem is.

    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=

    """
private let knownKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

@Suite struct NoteTests {
    @Test func `the note that other implementations test with is good by its key`() throws {
        let key = try NoteKey(knownKey + "\n")
        let note = try SignedNote(reading: Array(known.utf8))
        #expect(note.check(by: key) == .good(at: nil))
        #expect(note.bytes == Array(known.utf8))
        #expect(key.description == knownKey)
        var changed = note
        changed.text[0] ^= 1
        #expect(changed.check(by: key) == .bad)
        #expect(note.check(by: try TestKey(1).key) == .absent)
    }

    @Test func `the example of the specification is read`() throws {
        let text = """
            example.com/behind-the-sofa
            20852163
            CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

            — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
            — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==

            """
        let note = try SignedNote(reading: Array(text.utf8))
        #expect(note.signatures.map(\.name) == ["example.com/behind-the-sofa", "witness.example.com/w1"])
        #expect(note.signatures[1].signature.count == 72)
        let checkpoint = try Checkpoint(reading: note.text)
        #expect(checkpoint.size == 20_852_163 && checkpoint.origin == "example.com/behind-the-sofa" && checkpoint.extensions.isEmpty)
        #expect(checkpoint.text == note.text)
        // The time of its cosignature, as the specification's example of the signed message has it.
        #expect(note.signatures[1].signature.prefix(8).reduce(0) { $0 << 8 | Int($1) } == 1_679_315_147)
        #expect(
            String(decoding: Cosignature.message(of: note.text, at: 1_679_315_147), as: UTF8.self)
                == "cosignature/v1\ntime 1679315147\n" + String(decoding: note.text, as: UTF8.self))
    }

    @Test(arguments: [
        "", "\n", "\n\n", "text\n", "text\n\n", "text\n— a AAAAAAA=\n", "text\n\n— a AAAAAAA=", "text\n\n- a AAAAAAA=\n",
        "text\n\n— a+b AAAAAAA=\n", "text\n\n—  AAAAAAA=\n", "text\n\n— a AAAA\n", "text\n\n— a AAAAAAA\n", "text\n\n— a AAAAAAA= \n",
        "te\rxt\n\n— a AAAAAAA=\n", "te\u{0}xt\n\n— a AAAAAAA=\n", "text\n\n— a AAAAAAA=\n\n", "text\n\n— a\u{2003}b AAAAAAA=\n",
    ]) func `what is not a note is refused`(text: String) {
        #expect(throws: TransparencyError.self) { try SignedNote(reading: Array(text.utf8)) }
    }

    @Test func `a note is bounded`() {
        let many = "text\n\n" + String(repeating: "— a AAAAAAA=\n", count: 65)
        #expect(throws: TransparencyError.self) { try SignedNote(reading: Array(many.utf8)) }
        #expect(throws: TransparencyError.self) { try SignedNote(reading: [UInt8](repeating: 0x41, count: SignedNote.limit + 1)) }
        #expect(throws: TransparencyError.self) { try SignedNote(reading: [0xFF] + Array("\n\n— a AAAAAAA=\n".utf8)) }
    }

    @Test func `text ends at the last empty line`() throws {
        let note = try SignedNote(reading: Array("a\n\nb\n\n— a AAAAAAA=\n".utf8))
        #expect(note.text == Array("a\n\nb\n".utf8))
    }

    @Test(arguments: [
        "", "name", "name+00000000", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T", "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "a b+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ]) func `a verifier key with a wrong character is refused`(text: String) {
        #expect(throws: TransparencyError.self) { try NoteKey(text) }
    }

    @Test(arguments: [
        "", "log\n", "log\n1\n", "log\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=", "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
        "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\nx\n", "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n0\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n9223372036854775807\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n99999999999999999999\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    ]) func `what is not a checkpoint is refused`(text: String) {
        #expect(throws: TransparencyError.self) { try Checkpoint(reading: Array(text.utf8)) }
    }
}

@Suite struct CheckpointVerifierTests {
    let log = try? TestKey(1)
    let witness = try? TestKey(2, name: "witness.example.org/w1", algorithm: .cosignature)
    let checkpoint = Checkpoint(origin: "log.example.org", size: 1, root: MerkleTree.leafHash([7]))

    @Test func `log and witness are checked, others are ignored`() throws {
        let (log, witness) = (try #require(log), try #require(witness))
        let stranger = try TestKey(3, name: "stranger.example.org", algorithm: .cosignature)
        let text = checkpoint.text
        let note = SignedNote(text: text, signatures: [try log.sign(text), try stranger.sign(text), try witness.sign(text)])
        guard
            case .good(let found, let cosignatures, let evidence) = CheckpointVerifier.verify(
                note.bytes, by: log.key, witnesses: [witness.key])
        else { throw TransparencyError.malformed(kind: "check", reason: "refused") }
        #expect(found == checkpoint && evidence.count == 2)
        #expect(cosignatures == [Cosignature(witness: "witness.example.org/w1", time: Timestamp(seconds: 1_679_315_147))])
    }

    @Test func `another key, another origin and a false cosignature refuse it`() throws {
        let (log, witness) = (try #require(log), try #require(witness))
        let text = checkpoint.text
        func isGood(_ note: SignedNote) -> Bool {
            if case .good = CheckpointVerifier.verify(note.bytes, by: log.key, witnesses: [witness.key]) { true } else { false }
        }
        let own = try log.sign(text)
        #expect(isGood(SignedNote(text: text, signatures: [own])))
        #expect(!isGood(SignedNote(text: text, signatures: [try TestKey(4).sign(text)])))
        #expect(!isGood(SignedNote(text: text, signatures: [try witness.sign(text)])))
        // The log's name over another key's signature.
        var forged = own
        forged.signature[3] ^= 1
        #expect(!isGood(SignedNote(text: text, signatures: [forged])))
        #expect(!isGood(SignedNote(text: text, signatures: [own, forged])))
        // A time that the witness did not sign.
        var late = try witness.sign(text)
        late.signature[7] ^= 1
        #expect(!isGood(SignedNote(text: text, signatures: [own, late])))
        let other = Checkpoint(origin: "other.example.org", size: 1, root: checkpoint.root).text
        #expect(!isGood(SignedNote(text: other, signatures: [try log.sign(other)])))
        // Signed by the log, and no checkpoint.
        let prose = Array("log.example.org\nhello\n".utf8)
        #expect(!isGood(SignedNote(text: prose, signatures: [try log.sign(prose)])))
    }
}

@Suite struct WitnessMessageTests {
    private let hashes = [MerkleTree.leafHash([1]), MerkleTree.leafHash([2])]

    @Test func `a request comes back`() throws {
        for proof in [[], hashes] {
            let request = AddCheckpointRequest(oldSize: 20, proof: proof, checkpoint: Array("log\n21\nx\n\n— a AAAAAAA=\n".utf8))
            #expect(try AddCheckpointRequest(reading: request.bytes) == request)
        }
        let text = String(decoding: AddCheckpointRequest(oldSize: 0, proof: [], checkpoint: [0x63]).bytes, as: UTF8.self)
        #expect(text == "old 0\n\nc")
    }

    @Test(arguments: [
        "", "old 1\n", "old 01\n\n", "old -1\n\n", "Old 1\n\n", "old 1\nAAAA\n\n", "old 1\n" + String(repeating: "x", count: 100), "old 1",
    ])
    func `what is not a request is refused`(text: String) {
        #expect(throws: TransparencyError.self) { try AddCheckpointRequest(reading: Array(text.utf8)) }
    }

    @Test func `a request from an empty log has no proof, and at most 63 hashes`() {
        let empty = AddCheckpointRequest(oldSize: 0, proof: hashes, checkpoint: []).bytes
        let long = AddCheckpointRequest(oldSize: 1, proof: Array(repeating: hashes[0], count: 64), checkpoint: []).bytes
        for bytes in [empty, long] { #expect(throws: TransparencyError.self) { try AddCheckpointRequest(reading: bytes) } }
    }

    @Test func `answers are read by their status`() throws {
        let size = try AddCheckpointResponse(status: 409, mediaType: "text/x.tlog.size", body: Array("17\n".utf8))
        #expect(size == .otherSize(17))
        #expect(try AddCheckpointResponse(status: 409, mediaType: "text/plain", body: Array("17\n".utf8)) == .refused(status: 409))
        #expect(try AddCheckpointResponse(status: 409, mediaType: "text/x.tlog.size", body: Array("x\n".utf8)) == .refused(status: 409))
        #expect(try AddCheckpointResponse(status: 403, mediaType: nil, body: []) == .refused(status: 403))
        let lines = Array("— a AAAAAAA=\n— b AAAAAAA=\n".utf8)
        guard case .signed(let signatures) = try AddCheckpointResponse(status: 200, mediaType: nil, body: lines) else {
            throw TransparencyError.malformed(kind: "answer", reason: "not signed")
        }
        #expect(signatures.map(\.name) == ["a", "b"])
        for body in ["", "hello\n", "— a AAAAAAA="] {
            #expect(throws: TransparencyError.self) { try AddCheckpointResponse(status: 200, mediaType: nil, body: Array(body.utf8)) }
        }
    }
}
