// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Attest
import Base
import Foundation
import Sigstore
import Transparency

/// What is demanded of an image, as options; turned into a policy in one place.
struct VerifyOptions: ParsableArguments {
    @Option(help: "A public key whose signatures count; may be given more than once. The catalog's own by default.", completion: .file())
    var key: [String] = []
    @Option(help: "The catalog's signed keyring: which keys were good when. Needs --root-key.", completion: .file()) var keyring: String?
    @Option(help: "The public root key that the keyring must be signed by.", completion: .file()) var rootKey: String?
    @Option(
        help:
            "Kinds of claims that must be there, as words or URIs with commas: provenance,spdx,cyclonedx,test-result. `none` asks for none. By default what every release carries."
    )
    var require: String?
    @Option(help: "The name that must have been signed. By default the repository's.") var expectName: String?
    @Option(help: "A YAML file that says what the provenance must say; see docs/verify.md.", completion: .file()) var expect: String?
    @Option(help: "The oldest release that is accepted: 30d, 12h, 90m.") var maxAge: String?
    @Option(help: "Refuse what was built before this: an RFC 3339 time, or the digest of a release in the same repository.")
    var notBefore: String?
    @Option(help: "The log's public key (log.pub): everything that counts must be in that log.", completion: .file()) var logKey: String?
    @Flag(inversion: .prefixedNo, help: "Whether what is not in the log is refused; it is when a log key is given.") var requireLog = true
    @Option(help: "A witness's public key, one line; may be given more than once.", completion: .file()) var witnessKey: [String] = []
    @Option(help: "How many of the witnesses must have seen it.") var witnesses: Int?
    @Flag(inversion: .prefixedNo, help: "Whether every blob is read to its end and hashed.") var blobs = true

    func policy(keys: [VerificationKey], keyring: Verified<Keyring>?, ownLog: String, name: ExpectedName, now: Timestamp) throws
        -> VerificationPolicy
    {
        VerificationPolicy(
            keys: keys, keyring: keyring, required: try required(), name: expectName.map(ExpectedName.exactly) ?? name,
            expectations: try expectations(),
            freshness: FreshnessPolicy(now: now, maximumAge: try maxAge.map(Self.seconds), notBefore: try notBefore.map(Self.bound)),
            log: try log(keyring?.value, own: ownLog), contents: blobs ? .hashed : .notRead)
    }

    /// The keys on the command line; else those for images in the keyring; else the catalog's own.
    func keys(default path: String, keyring: Keyring?) throws -> [VerificationKey] {
        if key.isEmpty, let keyring {
            return try keyring.keys.filter { $0.purpose == .image }.map { try VerificationKey(der: $0.key.der) }
        }
        return try (key.isEmpty ? [path] : key).map { try VerificationKeyFile(path: $0).read() }
    }

    /// The keyring, once the root key's signature under it is good.
    func trustedKeyring() throws -> Verified<Keyring>? {
        guard let keyring else {
            guard rootKey == nil else {
                throw CommandError.badOption("--keyring", found: "nothing", expected: "the keyring beside --root-key", nearest: nil)
            }
            return nil
        }
        guard let rootKey else {
            throw CommandError.badOption("--root-key", found: "nothing", expected: "the root key beside --keyring", nearest: nil)
        }
        let root = try VerificationKeyFile(path: rootKey).read()
        switch Keyring.verify(try InputFile.read(keyring, limit: 2 * Keyring.limit), root: root) {
        case .good(let verified): return verified
        case .bad(let reason): throw CommandError.notVerified(reference: keyring, reasons: [reason])
        }
    }

    // Keys of the log and its witnesses come from files, else from the keyring.
    private func log(_ keyring: Keyring?, own ownLog: String) throws -> LogPolicy? {
        var witnesses = try witnessKey.map { try NoteKey(String(decoding: InputFile.read($0, limit: NoteKey.textLimit), as: UTF8.self)) }
        if witnessKey.isEmpty { witnesses = try Self.noteKeys(keyring, .witness, .cosignature) }
        let listed = try Self.noteKeys(keyring, .log, .ed25519)
        let named = try logKey.map { try NoteKey(String(decoding: InputFile.read($0, limit: NoteKey.textLimit), as: UTF8.self)) }
        guard let key = try named ?? (listed.count == 1 ? listed.first : nil) ?? ownLogKey(ownLog) else {
            guard witnessKey.isEmpty, self.witnesses == nil else {
                throw CommandError.badOption(
                    "--log-key", found: "nothing", expected: "the log's public key beside --witness-key", nearest: nil)
            }
            return nil
        }
        let quorum = self.witnesses ?? (witnesses.isEmpty ? 0 : 1)
        guard (0...witnesses.count).contains(quorum) else {
            throw CommandError.badOption(
                "--witnesses", found: "\(quorum)", expected: "a number up to \(witnesses.count), as many as there are keys", nearest: nil)
        }
        // Releases may be older than the log: only a key that was named on the command line demands it.
        return LogPolicy(key: key, witnesses: witnesses, quorum: quorum, isRequired: requireLog && logKey != nil)
    }

    // Beside the catalog's own key for images its log's key is taken as well.
    private func ownLogKey(_ path: String) throws -> NoteKey? {
        guard key.isEmpty, keyring == nil, FileManager.default.fileExists(atPath: path) else { return nil }
        return try NoteKey(String(decoding: InputFile.read(path, limit: NoteKey.textLimit), as: UTF8.self))
    }

    private static func noteKeys(_ keyring: Keyring?, _ purpose: Keyring.Purpose, _ algorithm: NoteKey.Algorithm) throws -> [NoteKey] {
        try (keyring?.keys ?? []).compactMap { entry in
            guard entry.purpose == purpose, let name = entry.name, let bytes = entry.key.ed25519 else { return nil }
            return try NoteKey(name: name, algorithm: algorithm, publicKey: bytes)
        }
    }

    private func required() throws -> RequiredClaims {
        guard let require else { return .everyRelease }
        if require == "none" { return .types([]) }
        return .types(
            try require.split(separator: ",").map { word in
                let word = word.trimmingCharacters(in: .whitespaces)
                guard let type = PredicateType.named(word) else {
                    let known = PredicateType.shortNames.map(\.name)
                    throw CommandError.badOption(
                        "--require", found: word, expected: "a kind of claim: \(known.joined(separator: ", ")), or a URI",
                        nearest: Spelling.nearest(to: word, among: known))
                }
                return type
            })
    }

    private func expectations() throws -> Expectations? {
        guard let expect else { return nil }
        return try Expectations(reading: try InputFile.read(expect, limit: 1 << 20), file: expect)
    }

    static func seconds(_ text: String) throws -> Int {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()), (1...1_000_000_000).contains(count) else {
            throw CommandError.badOption("--max-age", found: text, expected: "a number with s, m, h or d, such as 30d", nearest: nil)
        }
        return count.multipliedReportingOverflow(by: unit).partialValue
    }

    static func bound(_ text: String) throws -> FreshnessPolicy.Bound {
        if let digest = Digest(text) { return .release(digest) }
        if let time = Timestamp(rfc3339: text) ?? Timestamp(date: text) { return .time(time) }
        throw CommandError.badOption(
            "--not-before", found: text, expected: "a time such as 2026-11-23T08:00:00Z, or sha256:…", nearest: nil)
    }
}

/// A public key on disk.
struct VerificationKeyFile {
    let path: String

    func read() throws -> VerificationKey {
        guard FileManager.default.fileExists(atPath: path) else { throw CommandError.publicKeyMissing(path) }
        return try VerificationKey(pem: String(decoding: try InputFile.read(path, limit: 1 << 16), as: UTF8.self))
    }
}

/// A small file that somebody named on the command line.
enum InputFile {
    static func read(_ path: String, limit: Int) throws -> [UInt8] {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw CommandError.cannotRead(path, reason: "there is no such file, or it may not be read")
        }
        defer { try? handle.close() }
        let data: Data
        do { data = try handle.read(upToCount: limit + 1) ?? Data() } catch {
            throw CommandError.cannotRead(path, reason: error.localizedDescription)
        }
        guard data.count <= limit else { throw CommandError.cannotRead(path, reason: "it has more than \(limit) bytes") }
        return Array(data)
    }
}
