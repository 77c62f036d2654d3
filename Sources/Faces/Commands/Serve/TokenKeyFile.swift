// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Glibc
import Tokens

/// The key that seals short-lived tokens: `<store>/access/token.key`, 64 hexadecimal digits, mode 0600.
///
/// It is in the store, where all servers of one store find it, and not with the signing keys, which no server may read.
enum TokenKeyFile {
    static func seal(store: String, notice: (String) -> Void) throws -> TokenSeal {
        let (folder, path) = (store + "/access", store + "/access/token.key")
        if let seal = try read(path) { return seal }
        var generator = SystemRandomNumberGenerator()
        let key = TokenSeal.generate(using: &generator)
        guard let seal = TokenSeal(key: key) else { throw CommandError.cannotWrite(path, reason: "the key has a wrong length") }
        guard FileManager.default.isWritableFile(atPath: store) else {
            notice("the store cannot be written: tokens of /token end with this process")
            return seal
        }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandError.cannotWrite(folder, reason: error.localizedDescription)
        }
        // Whole or not there: another server of this store may start at the same time.
        let fresh = "\(path).\(getpid())"
        try Files.write(Hex.encode(key) + "\n", to: fresh, mode: 0o600)
        defer { unlink(fresh) }
        guard link(fresh, path) == 0 else {
            if errno == EEXIST, let seal = try read(path) { return seal }
            throw CommandError.cannotWrite(path, reason: String(cString: strerror(errno)))
        }
        return seal
    }

    private static func read(_ path: String) throws -> TokenSeal? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        guard status.st_mode & 0o077 == 0 else { throw CommandError.keyExposed(path) }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandError.cannotWrite(path, reason: "it is there and cannot be read by this user")
        }
        let text = String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }
        guard let seal = Hex.decode(text).flatMap({ TokenSeal(key: $0) }) else {
            throw CommandError.badSetting(
                key: path, expected: "64 hexadecimal digits", found: "something else; remove the file to make a new key")
        }
        return seal
    }
}
