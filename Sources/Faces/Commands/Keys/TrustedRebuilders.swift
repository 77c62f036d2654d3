// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Sigstore

/// The rebuilders whose word this catalog counts: keys of that purpose in the signed keyring that have no end, and public keys in the
/// folder `rebuilders` of the keys.
///
/// The catalog's own key is none: who built an image vouches for it already.
struct TrustedRebuilders {
    let keys: [VerificationKey]

    init(_ settings: Settings) throws {
        var keys: [VerificationKey] = []
        if let keyring = try KeyringFolder(settings: settings, now: Workshop.now()).signed() {
            for entry in keyring.keys where entry.purpose == .rebuilder {
                guard case .trusted = keyring.judge(fingerprint: entry.fingerprint, purpose: .rebuilder, integratedBefore: nil) else {
                    continue
                }
                keys.append(try VerificationKey(der: entry.key.der))
            }
        }
        let folder = settings.rebuildersFolder
        for name in ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() where name.hasSuffix(".pub") {
            keys.append(try VerificationKeyFile(path: "\(folder)/\(name)").read())
        }
        self.keys = keys
    }

    var fingerprints: Set<Digest> { Set(keys.map(\.fingerprint)) }
    func contains(_ key: VerificationKey) -> Bool { fingerprints.contains(key.fingerprint) }
}
