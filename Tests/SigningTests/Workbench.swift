// SPDX-License-Identifier: Apache-2.0
import Attest
import Base
import Foundation
import Sigstore
import Synchronization
import Transparency

@testable import Signing

/// A folder of one test that nobody else writes to, removed with the value.
final class Scratch: Sendable {
    let path: String
    init() throws {
        path = NSTemporaryDirectory() + "/ashlar-signing-" + String(UUID().uuidString.prefix(8))
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
    func text(_ name: String) -> String { (try? String(contentsOfFile: path + "/" + name, encoding: .utf8)) ?? "" }
}

struct MemoryRecord: SubjectRecord {
    var repositories: [Digest: String] = [:]
    func repository(ofSubject digest: Digest) throws -> String? { repositories[digest] }
}

/// Keys, a journal and a build record with one image in it.
final class Workbench: Sendable {
    static let subject = Digest.sha256(of: "an image")
    static let foreign = Digest.sha256(of: "an image of somebody else")
    static let origin = "log.example/test"
    static let peer = Peer(pid: 1, uid: 2)

    let scratch: Scratch
    let keys: KeySigner
    let desk: SigningDesk

    init(_ scratch: Scratch? = nil, keys: KeySigner? = nil, journal: String = "journal") throws {
        let scratch = try scratch ?? Scratch()
        self.scratch = scratch
        self.keys = try keys ?? Self.makeKeys()
        desk = try Self.desk(self.keys, journal: SigningJournal(path: scratch.path + "/" + journal))
    }

    static func makeKeys() throws -> KeySigner {
        var generator = SystemRandomNumberGenerator()
        return KeyFile.generate(using: &generator).signer(log: try LogKeyFile.generate(using: &generator))
    }

    static func desk(_ keys: any KeyHolder, journal: SigningJournal) throws -> SigningDesk {
        let record = MemoryRecord(repositories: [subject: "python"])
        return SigningDesk(
            keys: keys, record: { record },
            log: .init(
                origin: origin, memory: try CheckpointMemory(beside: journal, key: CatalogKey(ed25519: keys.logPublicKey ?? []).fingerprint)
            ),
            journal: journal, clock: { Timestamp(seconds: 1_700_000_000) })
    }

    var journal: [JSON] {
        scratch.text("journal").split(separator: "\n").compactMap { try? JSON.parse(Array($0.utf8)) }
    }

    static func statement(
        about digest: Digest = subject, name: String? = nil, type: String = PredicateType.spdx, predicate: JSON = ["name": "x"]
    ) throws -> [UInt8] {
        try Statement(subject: [ResourceDescriptor(name: name, sha256: digest)], predicateType: type, predicate: predicate).canonicalBytes()
    }

    static var simpleSigning: [UInt8] { SimpleSigning(dockerReference: "python", digest: subject).canonicalBytes }

    static func notation(_ digest: Digest = subject) -> NotationEnvelope {
        NotationEnvelope(
            target: .init(mediaType: "application/vnd.oci.image.index.v1+json", digest: digest, size: 700),
            signingTime: Timestamp(seconds: 1_700_000_000))
    }
}

/// A Merkle tree that is made anew for every question: RFC 6962 section 2.1 to the letter.
struct SmallTree {
    var leaves: [[UInt8]]

    init(_ count: Int, label: String = "entry") { leaves = (0..<count).map { Array("\(label) \($0)".utf8) } }

    func root(_ count: Int? = nil) -> Digest { Self.root(leaves[..<(count ?? leaves.count)]) }

    func consistency(from old: Int) -> [Digest] { old == 0 || old == leaves.count ? [] : Self.subproof(old, leaves[...], isWhole: true) }

    func checkpoint(origin: String = Workbench.origin) -> [UInt8] {
        Checkpoint(origin: origin, size: leaves.count, root: root()).text
    }

    private static func root(_ leaves: ArraySlice<[UInt8]>) -> Digest {
        if leaves.isEmpty { return Digest.sha256(of: []) }
        if leaves.count == 1, let leaf = leaves.first { return Digest.sha256(of: [0] + leaf) }
        let middle = leaves.startIndex + split(leaves.count)
        return Digest.sha256(of: [1] + root(leaves[..<middle]).bytes + root(leaves[middle...]).bytes)
    }

    private static func subproof(_ old: Int, _ leaves: ArraySlice<[UInt8]>, isWhole: Bool) -> [Digest] {
        if old == leaves.count { return isWhole ? [] : [root(leaves)] }
        let half = split(leaves.count)
        let middle = leaves.startIndex + half
        return old <= half
            ? subproof(old, leaves[..<middle], isWhole: isWhole) + [root(leaves[middle...])]
            : subproof(old - half, leaves[middle...], isWhole: false) + [root(leaves[..<middle])]
    }

    private static func split(_ count: Int) -> Int {
        var half = 1
        while half * 2 < count { half *= 2 }
        return half
    }
}
