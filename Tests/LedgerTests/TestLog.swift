// SPDX-License-Identifier: Apache-2.0
import Base
import Crypto
import Foundation
import Synchronization
import Transparency

@testable import Ledger

/// A signer that keeps the last checkpoint and refuses a second history, as the signer process does.
final class StrictSigner: Signer {
    let secret: Curve25519.Signing.PrivateKey
    private let state = Mutex<(size: Int, root: Base.Digest)?>(nil)
    /// What happens when it is asked to sign; it throws to be unreachable.
    private let onSign: @Sendable () throws -> Void
    let publicKeyDER: [UInt8] = []

    init(onSign: @escaping @Sendable () throws -> Void = {}) throws {
        secret = try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: 5, count: 32))
        self.onSign = onSign
    }

    enum Refused: Error { case secondHistory, notACheckpoint }

    var logPublicKey: [UInt8]? { Array(secret.publicKey.rawRepresentation) }
    func lastCheckpoint() async throws -> (size: Int, root: Base.Digest)? { state.withLock { $0 } }
    func forget() { state.withLock { $0 = nil } }

    func sign(_ messages: [SignableMessage]) async throws -> [[UInt8]] {
        try messages.map { message in
            guard case .checkpoint(let text, let proof) = message else { throw Refused.notACheckpoint }
            let checkpoint = try Checkpoint(reading: text)
            try state.withLock { last in
                if let last, last.size > 0 {
                    guard MerkleTree.isConsistent(old: last, new: (checkpoint.size, checkpoint.root), proof: proof) else {
                        throw Refused.secondHistory
                    }
                }
                last = (checkpoint.size, checkpoint.root)
            }
            try onSign()
            return Array(try secret.signature(for: text))
        }
    }
}

/// A folder with a log, removed when the test lets go of it.
final class TestLog: Sendable {
    let store: String
    let signer: StrictSigner
    let key: NoteKey
    var path: String { store + "/log" }

    init(signer: StrictSigner? = nil) throws {
        store = NSTemporaryDirectory() + "/ashlar-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: store, withIntermediateDirectories: true)
        self.signer = try signer ?? StrictSigner()
        key = try NoteKey(name: "log.example.org", algorithm: .ed25519, publicKey: Array(self.signer.secret.publicKey.rawRepresentation))
    }

    deinit { try? FileManager.default.removeItem(atPath: store) }

    func open(_ interference: LogFolder.Interference? = nil) throws -> FileLog {
        try FileLog(folder: LogFolder(path, interference: interference), key: key, signer: signer)
    }

    var reader: LogReader { LogReader(LogFolder(path), key: key) }

    /// Reads the whole log; its entries.
    func entries() async throws -> [[UInt8]] {
        guard let seen = try await reader.checkpoint() else { return [] }
        var entries: [[UInt8]] = []
        let audit = try await reader.audit(seen) { _, entry in
            entries.append(entry)
            return nil
        }
        guard audit.isGood, audit.entries == seen.checkpoint.size else { throw Broken(faults: audit.faults) }
        return entries
    }
    struct Broken: Error { var faults: [String] }

    /// Every file below the log's folder but those of the writer, with its bytes.
    func files() throws -> [String: Data] {
        var files: [String: Data] = [:]
        for case let name as String in FileManager.default.enumerator(atPath: path) ?? .init() {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isFolder), !isFolder.boolValue else { continue }
            files[name] = try Data(contentsOf: URL(filePath: path + "/" + name))
        }
        return files.filter { !["lock", "pending"].contains($0.key) }
    }

    static func entries(_ range: Range<Int>) -> [[UInt8]] { range.map { Array("entry \($0)".utf8) } }
}

/// Numbers that are the same in every run.
struct FixedGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
