// SPDX-License-Identifier: Apache-2.0
import Attest
import Base
import Foundation
import Transparency

/// The transparency log's key in the folder of keys: `log.key` (PKCS#8, mode 0600) and `log.pub` (name, hash and key in one line).
enum LogKeys {
    /// The log's name and public key; nil when there is no log.
    static func published(_ settings: Settings) throws -> NoteKey? {
        guard let data = FileManager.default.contents(atPath: settings.logPublicKeyFile) else { return nil }
        return try NoteKey(String(decoding: data, as: UTF8.self))
    }

    /// The private key; nil when there is none.
    static func secret(_ settings: Settings, passphrase: String?) throws -> LogKeyFile? {
        guard let data = FileManager.default.contents(atPath: settings.logKeyFile) else { return nil }
        var status = stat()
        guard stat(settings.logKeyFile, &status) == 0, status.st_mode & 0o037 == 0 else {
            throw CommandError.keyExposed(settings.logKeyFile)
        }
        return try LogKeyFile(pem: String(decoding: data, as: UTF8.self), passphrase: passphrase)
    }
}
