// SPDX-License-Identifier: Apache-2.0
import Attest
import Base
import Foundation
import Sigstore
import Transparency

/// The keyring of a keys folder: what the root key signed last (`keyring.json`), and what it is to sign next
/// (`keyring.draft.json`, not signed, for people to read).
struct KeyringFolder {
    let settings: Settings
    let now: Timestamp

    var signedFile: String { settings.keys + "/keyring.json" }
    var draftFile: String { settings.keys + "/keyring.draft.json" }
    var rootFile: String { settings.keys + "/root.pub" }

    /// The signed keyring, checked; nil when there is none yet.
    func signed() throws -> Keyring? {
        guard let data = FileManager.default.contents(atPath: signedFile) else { return nil }
        guard let root = try root() else { throw CommandError.keyMissing(rootFile) }
        return try Self.check(Array(data), at: signedFile, root: root, lastSeen: nil).value
    }

    func root() throws -> VerificationKey? {
        guard let data = FileManager.default.contents(atPath: rootFile) else { return nil }
        return try VerificationKey(pem: String(decoding: data, as: UTF8.self))
    }

    static func check(_ bytes: [UInt8], at place: String, root: VerificationKey, lastSeen: Int?) throws -> Verified<Keyring> {
        switch Keyring.verify(bytes, root: root, lastSeen: lastSeen) {
        case .good(let verified): return verified
        case .bad(let reason): throw CommandError.foreignKey(place, reason: reason)
        }
    }

    /// What is to be signed next: the draft, or a beginning of one from what was signed and the keys of the folder.
    func draft() throws -> Keyring {
        let signed = try signed()
        var draft = signed ?? Keyring(version: 0, issued: now, keys: [])
        if let data = FileManager.default.contents(atPath: draftFile) {
            draft = try Keyring(reading: JSON.parse(Array(data), limit: Keyring.limit).canonicalBytes)
        }
        draft.version = (signed?.version ?? 0) + 1
        draft.issued = now
        let faults = signed?.faults(ofSuccessor: draft) ?? []
        guard faults.isEmpty else { throw CommandError.foreignKey(draftFile, reason: faults.joined(separator: "; ")) }
        for entry in try own() where draft[entry.fingerprint] == nil { draft[entry.fingerprint] = entry }
        return draft
    }

    func save(_ draft: Keyring) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: settings.keys, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw CommandError.cannotWrite(settings.keys, reason: error.localizedDescription) }
        try Files.replace(draftFile, with: draft.json.prettyBytes, mode: 0o644)
        print("keyring version \(draft.version) is a draft in \(draftFile)")
        print("have the root key sign it: ashlar keys export-request, then ashlar keys sign-keyring where the root key is")
    }

    /// The keys of the folder as entries that begin now.
    private func own() throws -> [Keyring.Entry] {
        var entries: [Keyring.Entry] = []
        if let data = FileManager.default.contents(atPath: settings.publicKeyFile) {
            entries.append(.init(key: try CatalogKey(pem: String(decoding: data, as: UTF8.self)), purpose: .image, validFrom: now))
        }
        if let data = FileManager.default.contents(atPath: settings.logPublicKeyFile) {
            let (name, key) = try Self.note(String(decoding: data, as: UTF8.self), at: settings.logPublicKeyFile)
            entries.append(.init(key: key, purpose: .log, name: name, validFrom: now))
        }
        return entries
    }

    /// Reads `NAME+hash+key`, as logs and witnesses give their keys.
    static func note(_ text: String, at place: String) throws -> (name: String?, key: CatalogKey) {
        let key: NoteKey
        do throws(TransparencyError) { key = try NoteKey(text) } catch {
            throw CommandError.foreignKey(place, reason: error.diagnosis.summary)
        }
        return (key.name, try CatalogKey(ed25519: key.publicKey))
    }
}

/// A keyring as lines for people.
enum KeyringText {
    static func table(_ keyring: Keyring) -> String {
        var table = Table(header: ["FINGERPRINT", "PURPOSE", "NAME", "FROM", "UNTIL", "COMPROMISED SINCE", "REASON"])
        for entry in keyring.keys {
            table.rows.append([
                entry.fingerprint.description, entry.purpose.rawValue, entry.name ?? "-", entry.validFrom.description,
                entry.validUntil?.description ?? "-", entry.compromisedSince?.description ?? "-", entry.reason ?? "-",
            ])
        }
        return "keyring version \(keyring.version) of \(keyring.issued)\n" + table.text
    }

    /// What a newer keyring changes.
    static func changes(from old: Keyring?, to new: Keyring) -> [String] {
        new.keys.compactMap { entry in
            let name = "\(entry.purpose.rawValue) key \(entry.fingerprint.short)…"
            guard let before = old?[entry.fingerprint] else { return "new: \(name)" }
            if before == entry { return nil }
            if let since = entry.compromisedSince, before.compromisedSince != since { return "compromised since \(since): \(name)" }
            return "changed: \(name)" + (entry.validUntil.map { ", valid until \($0)" } ?? "")
        }
    }
}
