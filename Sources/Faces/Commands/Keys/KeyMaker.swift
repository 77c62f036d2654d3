// SPDX-License-Identifier: Apache-2.0
import Attest
import Base
import Foundation
import Signing
import Sigstore
import Transparency

/// Makes the key files of a catalog. What exists is never replaced.
struct KeyMaker {
    let settings: Settings
    /// nil leaves the files unencrypted.
    let passphrase: String?

    func makeImageKey() throws {
        var generator = SystemRandomNumberGenerator()
        let key = KeyFile.generate(using: &generator)
        let pem = try passphrase.map { try key.encryptedPEM(passphrase: $0, using: &generator) } ?? key.unencryptedPEM
        try write([(settings.keyFile, pem, 0o600), (settings.publicKeyFile, key.publicPEM, 0o644)])
    }

    func makeImageKey(inToken text: String) throws {
        let uri = try TokenURI(text)
        guard !FileManager.default.fileExists(atPath: settings.publicKeyFile) else { throw CommandError.keyExists(settings.publicKeyFile) }
        let pin = try KeyLoader(settings: settings, passphrase: passphrase).pin(for: uri)
        try TokenKeys.generate(uri, pin: pin)
        let key = try CatalogKey(der: TokenKeys(uri, pin: pin).publicKeyDER)
        try createFolder(of: settings.publicKeyFile)
        try Files.write(key.pem, to: settings.publicKeyFile, mode: 0o644)
        print("made a key in the token, and wrote \(settings.publicKeyFile) (give it to everybody)")
        print("use it: key: \(text) in ashlar.yaml, or ASHLAR_KEY")
    }

    func makeLogKey(origin: String?) throws {
        var generator = SystemRandomNumberGenerator()
        let key = try LogKeyFile.generate(using: &generator)
        // A log that nobody named: no two keys share it.
        let own = "ashlar-\(Digest.sha256(of: key.publicKey).hex.prefix(16)).internal"
        let origin = origin ?? settings.logOrigin ?? own
        guard origin.utf8.count <= 200, origin.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), NoteKey.isName(origin) else {
            throw CommandError.badValue(origin, reason: "a log's name has no spaces and no plus sign")
        }
        let pem = try passphrase.map { try key.encryptedPEM(passphrase: $0, using: &generator) } ?? key.unencryptedPEM
        let line = "\(try NoteKey(name: origin, algorithm: .ed25519, publicKey: key.publicKey))\n"
        try write([(settings.logKeyFile, pem, 0o600), (settings.logPublicKeyFile, line, 0o644)])
    }

    /// Writes a private file and its public half into a folder that only its owner enters.
    func write(_ files: [(path: String, text: String, mode: UInt32)]) throws {
        // Also a public key alone: served beside images that another key signs, it would make every verification fail.
        for file in files where FileManager.default.fileExists(atPath: file.path) { throw CommandError.keyExists(file.path) }
        for file in files {
            try createFolder(of: file.path)
            try Files.write(file.text, to: file.path, mode: file.mode)
        }
        print("wrote \(files[0].path) (keep it secret, back it up) and \(files[1].path) (give it to everybody)")
    }

    private func createFolder(of path: String) throws {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandError.cannotWrite(folder, reason: error.localizedDescription)
        }
    }
}
