// SPDX-License-Identifier: Apache-2.0
import Base
import Crypto
import Foundation
import Synchronization
import Testing
import Transparency

@testable import Ledger

/// A witness as the specification describes it, behind the transport port.
private final class ScriptedWitness: HTTPTransport {
    let secret: Curve25519.Signing.PrivateKey
    let key: NoteKey
    let log: NoteKey
    private let seen = Mutex<(size: Int, root: Base.Digest)>((0, MerkleTree.emptyRoot))
    private let requests = Mutex<[String]>([])
    var asked: [String] { requests.withLock { $0 } }

    init(_ number: UInt8, name: String, log: NoteKey) throws {
        secret = try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: number, count: 32))
        key = try NoteKey(name: name, algorithm: .cosignature, publicKey: Array(secret.publicKey.rawRepresentation))
        self.log = log
    }

    func download(_ request: WebRequest, toFile path: String, limit: Int) async throws -> WebResponse { WebResponse(status: 500) }

    func send(_ request: WebRequest, limit: Int) async throws -> WebResponse {
        requests.withLock { $0.append("\(request.method) \(request.url)") }
        let message = try AddCheckpointRequest(reading: request.body)
        guard case .good(let checkpoint, _, _) = CheckpointVerifier.verify(message.checkpoint, by: log) else {
            return WebResponse(status: 403)
        }
        return try seen.withLock { seen in
            guard message.oldSize == seen.size else {
                return WebResponse(status: 409, headers: ["content-type": "text/x.tlog.size"], body: Array("\(seen.size)\n".utf8))
            }
            let old = (size: seen.size, root: seen.root)
            guard MerkleTree.isConsistent(old: old, new: (checkpoint.size, checkpoint.root), proof: message.proof) else {
                return WebResponse(status: 422)
            }
            seen = (checkpoint.size, checkpoint.root)
            let text = try SignedNote(reading: message.checkpoint).text
            let signature = Array(try secret.signature(for: Cosignature.message(of: text, at: 1_700_000_000)))
            let line = NoteSignature(by: key, signature: Cosignature.bytes(signature, at: 1_700_000_000)).line
            return WebResponse(status: 200, body: Array((line + "\n").utf8))
        }
    }
}

@Suite struct WitnessTests {
    @Test func `a witness follows the log and its cosignatures stand under the checkpoint`() async throws {
        let test = try TestLog()
        let log = try test.open()
        let folder = LogFolder(test.path)
        let server = try ScriptedWitness(3, name: "witness.example.org/w1", log: test.key)
        let witness = Witness(key: server.key, address: "https://witness.example.org/w1/")
        for range in [0..<5, 5..<300, 300..<301] {
            _ = try await log.append(TestLog.entries(range))
            let reader = LogReader(LogFolder(test.path), key: test.key, witnesses: [server.key])
            let seen = try #require(try await reader.checkpoint())
            let answer = await WitnessClient(reader, transport: server).ask(witness, about: seen)
            guard case .cosigned(let cosignature, let signature) = answer.outcome else {
                Issue.record("\(answer.outcome)")
                continue
            }
            #expect(cosignature.time == Timestamp(seconds: 1_700_000_000))
            let text = try SignedNote(reading: seen.note).text
            #expect(try folder.addCosignatures([signature], to: text))
            #expect(try await reader.checkpoint()?.cosignatures == [cosignature])
            // Twice is once.
            #expect(try folder.addCosignatures([signature], to: text))
            #expect(try SignedNote(reading: try #require(try await reader.checkpoint()).note).signatures.count == 2)
        }
        // Asked at 0 each time, the witness names what it saw last.
        #expect(server.asked.count == 5 && server.asked.allSatisfy { $0 == "POST https://witness.example.org/w1/add-checkpoint" })
        #expect(try await test.entries().count == 301)
    }

    @Test func `a cosignature for a checkpoint that is no longer the newest is not added`() async throws {
        let test = try TestLog()
        let log = try test.open()
        _ = try await log.append([[1]])
        let text = try SignedNote(reading: try #require(try await test.reader.checkpoint()).note).text
        _ = try await log.append([[2]])
        #expect(try !LogFolder(test.path).addCosignatures([NoteSignature(name: "w", keyHash: [1, 2, 3, 4], signature: [5])], to: text))
    }

    @Test func `witnesses that refuse, lie or have seen more are answers with a reason`() async throws {
        let test = try TestLog()
        _ = try await test.open().append([[1]])
        let seen = try #require(try await test.reader.checkpoint())
        let server = try ScriptedWitness(3, name: "w.example.org", log: test.key)
        let liar = try ScriptedWitness(4, name: "w.example.org", log: test.key)
        let stranger = try ScriptedWitness(3, name: "w.example.org", log: liar.key)
        for (transport, key) in [(liar, server.key), (stranger, server.key)] {
            let answer = await WitnessClient(test.reader, transport: transport).ask(
                Witness(key: key, address: "https://w.example.org"), about: seen)
            guard case .refused(let reason) = answer.outcome else {
                Issue.record("accepted")
                continue
            }
            #expect(!reason.isEmpty)
        }
        // A witness that has seen another, longer log of this name.
        let other = try TestLog()
        _ = try await other.open().append(TestLog.entries(0..<9))
        let longer = try #require(try await other.reader.checkpoint())
        _ = await WitnessClient(other.reader, transport: server).ask(Witness(key: server.key, address: "https://w"), about: longer)
        let answer = await WitnessClient(test.reader, transport: server).ask(Witness(key: server.key, address: "https://w"), about: seen)
        #expect(answer.outcome == .refused(reason: "it has seen 9 entries, more than the checkpoint's 1"))
    }

    @Test func `a list of witnesses is read line by line`() throws {
        let test = try TestLog()
        let key = try NoteKey(name: "w.example.org", algorithm: .cosignature, publicKey: test.key.publicKey)
        let list = try Witness.list("# ours\n\n\(key)  https://w.example.org/x\n")
        #expect(list == [Witness(key: key, address: "https://w.example.org/x")])
        for text in ["\(key)", "\(key) ftp://x", "\(test.key) https://x", "nonsense https://x", "\(key) https://x more"] {
            #expect(throws: TransparencyError.self) { try Witness.list(text) }
        }
    }

    private func desk(_ test: TestLog, knowing logs: [NoteKey]) throws -> WitnessDesk {
        let secret = try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: 9, count: 32))
        let key = try NoteKey(name: "w.example.org", algorithm: .cosignature, publicKey: Array(secret.publicKey.rawRepresentation))
        return try WitnessDesk(key: key, logs: logs, folder: test.store + "/witness", clock: { Timestamp(seconds: 1_700_000_000) }) {
            Array(try secret.signature(for: $0))
        }
    }

    /// Our own witness behind the transport port.
    private struct Desk: HTTPTransport {
        let desk: WitnessDesk
        func download(_ request: WebRequest, toFile path: String, limit: Int) async throws -> WebResponse { WebResponse(status: 500) }
        func send(_ request: WebRequest, limit: Int) async throws -> WebResponse {
            let answer = try desk.cosign(request.body)
            return WebResponse(status: answer.status, headers: ["content-type": answer.mediaType], body: answer.body)
        }
    }

    @Test func `our own witness follows a log, and remembers it over a restart`() async throws {
        let test = try TestLog()
        let log = try test.open()
        for range in [0..<5, 5..<300, 300..<301] {
            _ = try await log.append(TestLog.entries(range))
            let seen = try #require(try await test.reader.checkpoint())
            let desk = try desk(test, knowing: [test.key])
            let answer = await WitnessClient(test.reader, transport: Desk(desk: desk)).ask(
                Witness(key: desk.key, address: "https://w.example.org"), about: seen)
            guard case .cosigned(let cosignature, _) = answer.outcome else {
                Issue.record("\(answer.outcome)")
                continue
            }
            #expect(cosignature == Cosignature(witness: "w.example.org", time: Timestamp(seconds: 1_700_000_000)))
        }
    }

    @Test func `our own witness vouches for one history only, and says why not as the protocol does`() async throws {
        let test = try TestLog()
        let other = try TestLog()
        _ = try await test.open().append(TestLog.entries(0..<5))
        _ = try await other.open().append(TestLog.entries(1..<9))
        let seen = try #require(try await test.reader.checkpoint())
        let fork = try #require(try await other.reader.checkpoint())
        let desk = try desk(test, knowing: [test.key])
        func ask(_ old: Int, proof: [Base.Digest] = [], _ note: [UInt8], _ desk: WitnessDesk) throws -> Int {
            try desk.cosign(AddCheckpointRequest(oldSize: old, proof: proof, checkpoint: note).bytes).status
        }
        #expect(try desk.cosign(Array("nonsense".utf8)).status == 400)
        #expect(try ask(0, seen.note, self.desk(test, knowing: [])) == 404)
        var note = try SignedNote(reading: seen.note)
        note.signatures[0].signature[0] ^= 1
        #expect(try ask(0, note.bytes, desk) == 403)
        #expect(try ask(6, proof: [seen.checkpoint.root], seen.note, desk) == 400)
        #expect(try ask(0, seen.note, desk) == 200)
        // Again is no harm; from nothing is a conflict that names what was seen.
        #expect(try ask(5, seen.note, desk) == 200)
        let conflict = try desk.cosign(AddCheckpointRequest(oldSize: 0, proof: [], checkpoint: seen.note).bytes)
        #expect(conflict.status == 409 && conflict.body == Array("5\n".utf8) && conflict.mediaType == AddCheckpointResponse.sizeMediaType)
        // The same key with another history, with the best proof it has.
        let proof = try await other.reader.consistency(from: 5, to: fork)
        #expect(try ask(5, proof: proof, fork.note, desk) == 422)
        #expect(try ask(5, fork.note, desk) == 422)
        // What it saw is changed on its disk.
        let file = test.store + "/witness/checkpoint-" + Hex.encode(test.key.id)
        var kept = try Data(contentsOf: URL(filePath: file))
        kept[30] ^= 1
        try kept.write(to: URL(filePath: file))
        #expect(throws: LedgerError.self) { try ask(5, seen.note, desk) }
    }
}
