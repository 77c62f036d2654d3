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
    @Option(
        help: "Kinds of claims that must be there, as words or URIs with commas: provenance,spdx,cyclonedx,test-result. `none` asks for none. By default what every release carries."
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

    func policy(keys: [VerificationKey], name: ExpectedName, now: Timestamp) throws -> VerificationPolicy {
        VerificationPolicy(
            keys: keys, required: try required(), name: expectName.map(ExpectedName.exactly) ?? name, expectations: try expectations(),
            freshness: FreshnessPolicy(now: now, maximumAge: try maxAge.map(Self.seconds), notBefore: try notBefore.map(Self.bound)),
            log: try log(), contents: blobs ? .hashed : .notRead)
    }

    func keys(default path: String) throws -> [VerificationKey] {
        try (key.isEmpty ? [path] : key).map { path in
            VerificationKeyFile(path: path)
        }.map { try $0.read() }
    }

    private func log() throws -> LogPolicy? {
        guard let logKey else {
            guard witnessKey.isEmpty, witnesses == nil else {
                throw CommandError.badOption("--log-key", found: "nothing", expected: "the log's public key beside --witness-key", nearest: nil)
            }
            return nil
        }
        let known = try witnessKey.map { try NoteKey(String(decoding: InputFile.read($0, limit: NoteKey.textLimit), as: UTF8.self)) }
        let quorum = witnesses ?? (known.isEmpty ? 0 : 1)
        guard (0...known.count).contains(quorum) else {
            throw CommandError.badOption("--witnesses", found: "\(quorum)", expected: "a number up to that of --witness-key", nearest: nil)
        }
        let key = try NoteKey(String(decoding: InputFile.read(logKey, limit: NoteKey.textLimit), as: UTF8.self))
        return LogPolicy(key: key, witnesses: known, quorum: quorum, isRequired: requireLog)
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
        guard let handle = FileHandle(forReadingAtPath: path) else { throw CommandError.cannotRead(path, reason: "there is no such file, or it may not be read") }
        defer { try? handle.close() }
        let data: Data
        do { data = try handle.read(upToCount: limit + 1) ?? Data() } catch {
            throw CommandError.cannotRead(path, reason: error.localizedDescription)
        }
        guard data.count <= limit else { throw CommandError.cannotRead(path, reason: "it has more than \(limit) bytes") }
        return Array(data)
    }
}
