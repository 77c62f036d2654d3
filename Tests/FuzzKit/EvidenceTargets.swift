// SPDX-License-Identifier: Apache-2.0
import Attest
import Base
import Sigstore

extension FuzzTarget {
    static let evidence: [FuzzTarget] = [
        FuzzTarget("dsse", reading: { try Envelope(reading: $0) }, writing: { $0.canonicalBytes }),
        rewriting("sigstore-bundle") { try SigstoreBundle(reading: $0).canonicalBytes },
        rewriting("statement") { try Statement(reading: $0).canonicalBytes() },
        FuzzTarget("provenance") { bytes in
            _ = try CanonicalJSON.decode(Provenance.self, from: bytes, limit: 1 << 20)
        },
        rewriting("simple-signing") { try SimpleSigning(reading: $0).canonicalBytes },
        FuzzTarget(
            "public-key", reading: { try VerificationKey(pem: text($0)) }, writing: { Array($0.pem.utf8) }),
        FuzzTarget("keyring", reading: { try Keyring(reading: $0) }, writing: { $0.canonicalBytes }),
        // Without a passphrase: deriving a key takes as long as the file says.
        FuzzTarget("private-key") { _ = try KeyFile(pem: text($0)) },
    ]
}
