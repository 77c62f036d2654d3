// SPDX-License-Identifier: Apache-2.0
import Base
import Crypto
import Testing

@testable import Transparency

/// A log of a few entries in memory, with its key.
private struct SmallLog {
    let log: TestKey
    let entries: [[UInt8]]
    let note: [UInt8]
    let tree: WholeTree

    init(_ entries: [[UInt8]]) throws {
        log = try TestKey(1)
        self.entries = entries
        tree = WholeTree(leaves: entries.map(MerkleTree.leafHash))
        let text = Checkpoint(origin: log.key.name, size: entries.count, root: tree.hash(0..<entries.count)).text
        note = SignedNote(text: text, signatures: [try log.sign(text)]).bytes
    }

    func inclusion(_ index: Int) throws -> LogInclusion {
        LogInclusion(
            index: index, treeSize: entries.count,
            hashes: try MerkleTree.inclusionProof(of: index, size: entries.count, reading: tree.read), root: tree.hash(0..<entries.count),
            checkpoint: note, logID: log.key.id)
    }
}

private func entry(_ number: UInt8) throws -> RekorEntry {
    let key = try P256.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: 7, count: 32))
    let message = [number]
    return RekorEntry(
        digest: .sha256(of: message), signature: Array(try key.signature(for: message).derRepresentation),
        publicKeyDER: Array(key.publicKey.derRepresentation))
}

@Suite struct EntryTests {
    @Test func `an entry is the body that Rekor v2 writes`() throws {
        let entry = try entry(1)
        let digest = Base64.encode(entry.digest.bytes)
        let (signature, key) = (Base64.encode(entry.signature), Base64.encode(entry.publicKeyDER))
        #expect(
            String(decoding: entry.body, as: UTF8.self)
                == #"{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{"data":{"algorithm":"SHA2_256","digest":"\#(digest)"},"#
                + #""signature":{"content":"\#(signature)","verifier":{"keyDetails":"PKIX_ECDSA_P256_SHA_256","publicKey":{"rawBytes":"\#(key)"}}}}}}"#
        )
        #expect(try RekorEntry(reading: entry.body) == entry)
        #expect(entry.hasValidSignature == true)
        var other = entry
        other.digest = .sha256(of: [2])
        #expect(other.hasValidSignature == false)
        other.kind = .dsse
        #expect(try RekorEntry(reading: other.body) == other && other.hasValidSignature == nil)
    }

    @Test func `an entry in another spelling or with more in it is refused`() throws {
        let text = String(decoding: try entry(1).body, as: UTF8.self)
        for changed in [
            text.replacing(#""kind""#, with: #" "kind""#), text.replacing("hashedrekord", with: "intoto"),
            text.replacing("SHA2_256", with: "SHA2_512"),
            text.replacing(#"{"apiVersion""#, with: #"{"a":1,"apiVersion""#), text.replacing("0.0.2", with: "0.0.1"),
            text.replacing(#""spec""#, with: #""Spec""#), text.replacing("PKIX_ECDSA_P256", with: "PKIX_ECDSA_P384"), "{}", "", "[]",
            text + "\n",
        ] { #expect(throws: TransparencyError.self) { try RekorEntry(reading: Array(changed.utf8)) } }
    }

    @Test func `a proof file comes back and proves its entry`() throws {
        let log = try SmallLog((1...11).map { try entry($0).body })
        for index in 0..<11 {
            let bytes = LogProof(try log.inclusion(index)).bytes
            let proof = try LogProof(reading: bytes)
            #expect(proof.bytes == bytes && proof.index == index)
            #expect(try proof.inclusion(logID: log.log.key.id) == log.inclusion(index))
            guard case .good(let checkpoint, _, let evidence) = InclusionVerifier.verify(log.entries[index], proof: bytes, by: log.log.key)
            else {
                throw TransparencyError.malformed(kind: "proof", reason: "refused")
            }
            #expect(checkpoint.size == 11 && evidence.first == "entry \(index) of log.example.org")
        }
        var extra = LogProof(try log.inclusion(3))
        extra.extra = [1, 2, 3]
        #expect(try LogProof(reading: extra.bytes) == extra)
    }

    @Test func `no changed byte of a proof file proves the entry`() throws {
        let log = try SmallLog((1...5).map { try entry($0).body })
        let bytes = LogProof(try log.inclusion(2)).bytes
        for position in bytes.indices {
            for bit in [0x01, 0x20, 0x80] as [UInt8] {
                var changed = bytes
                changed[position] ^= bit
                if case .good = InclusionVerifier.verify(log.entries[2], proof: changed, by: log.log.key) {
                    Issue.record("byte \(position) can be changed by \(bit)")
                }
            }
        }
        for count in bytes.indices {
            if case .good = InclusionVerifier.verify(log.entries[2], proof: Array(bytes.prefix(count)), by: log.log.key) {
                Issue.record("\(count) bytes are enough")
            }
        }
        #expect(
            InclusionVerifier.verify(log.entries[1], proof: bytes, by: log.log.key)
                == .bad(reason: "the entry is not at index 2 of the log log.example.org"))
    }

    @Test func `a proof with a size or root beside its checkpoint's is refused`() throws {
        let log = try SmallLog([[1], [2], [3]])
        var inclusion = try log.inclusion(1)
        inclusion.treeSize = 4
        guard case .bad = InclusionVerifier.verify([2], inclusion, by: log.log.key) else { throw Unexpected.good }
        inclusion = try log.inclusion(1)
        inclusion.root = .sha256(of: [9])
        guard case .bad = InclusionVerifier.verify([2], inclusion, by: log.log.key) else { throw Unexpected.good }
    }
    private enum Unexpected: Error { case good }

    @Test func `a bundle's member comes back, with numbers as strings`() throws {
        let log = try SmallLog((1...3).map { try entry($0).body })
        let member = BundleLogEntry(entry: try entry(1), inclusion: try log.inclusion(0))
        #expect(try BundleLogEntry(json: member.json) == member)
        #expect(member.json["logIndex"]?.string == "0" && member.json["inclusionProof"]?["treeSize"]?.string == "3")
        #expect(member.json["kindVersion"] == ["kind": "hashedrekord", "version": "0.0.2"])
        #expect(Base64.decode(member.json["logId"]?["keyId"]?.string ?? "")?.prefix(4).elementsEqual(log.log.key.hash) == true)
    }

    @Test func `a bundle's member with anything missing, more or twofold is refused`() throws {
        let log = try SmallLog((1...3).map { try entry($0).body })
        let json = BundleLogEntry(entry: try entry(2), inclusion: try log.inclusion(1)).json
        let members = try #require(json.object)
        for name in ["logId", "kindVersion", "inclusionProof", "canonicalizedBody", "logIndex"] {
            #expect(throws: TransparencyError.self) { try BundleLogEntry(json: .object(members.filter { $0.key != name })) }
        }
        for (name, value) in [
            ("integratedTime", "0"), ("logIndex", 1), ("logIndex", "2"), ("kindVersion", ["kind": "dsse", "version": "0.0.2"]),
            ("logId", "x"),
            ("canonicalizedBody", "e30="), ("inclusionProof", [:]),
        ] as [(String, JSON)] {
            #expect(throws: TransparencyError.self) { try BundleLogEntry(json: .object(members.merging([name: value]) { $1 })) }
        }
    }

    @Test func `a trusted root names the log as clients look for it`() throws {
        let log = try TestKey(1)
        let json = try TrustedRoot(log: log.key, validFrom: Timestamp(seconds: 0)).json
        #expect(json["tlogs"]?[0]?["baseUrl"] == "https://log.example.org")
        #expect(json["tlogs"]?[0]?["logId"]?["keyId"]?.string == Base64.encode(log.key.id))
        let der = try #require(Base64.decode(json["tlogs"]?[0]?["publicKey"]?["rawBytes"]?.string ?? ""))
        #expect(der.count == 44 && Array(der.suffix(32)) == log.key.publicKey)
        for name in ["log.example.org/a", "Log.example.org", "-a.example.org", "a..b", "log.example.org:443"] {
            #expect(throws: TransparencyError.self) { try TrustedRoot(log: TestKey(1, name: name).key, validFrom: Timestamp(seconds: 0)) }
        }
    }
}
