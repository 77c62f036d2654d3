// SPDX-License-Identifier: Apache-2.0
import Base
import Sigstore
import Testing

@Suite struct KeyTests {
    @Test func `a public key is read from PEM and written back`() throws {
        let key = try VerificationKey(pem: CosignSamples.key2)
        #expect(key.pem == CosignSamples.key2 + "\n")
        #expect(try VerificationKey(der: key.der) == key)
        #expect(try VerificationKey(pem: "text before\r\n" + CosignSamples.key2.replacing("\n", with: "\r\n") + "\r\ntext after") == key)
    }

    @Test(arguments: [
        "", "-----BEGIN PUBLIC KEY-----", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----", CosignSamples.key2 + "\n" + CosignSamples.key3,
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        // Ed25519 and P-384.
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----",
    ])
    func `what is no P-256 public key is refused`(_ pem: String) { #expect(throws: SigstoreError.self) { try VerificationKey(pem: pem) } }

    @Test func `signatures that are malformed are refused with a reason`() {
        let message = Array("m".utf8)
        for signature in [[], [0x30], [UInt8](repeating: 0, count: 64), [UInt8](repeating: 0x30, count: 5000)] as [[UInt8]] {
            let check = SignatureVerifier.verify(der: signature, message: message, publicKeyPEM: CosignSamples.key2)
            #expect(!check.isGood)
        }
        #expect(!SignatureVerifier.verify(der: [], message: message, publicKeyDER: [1, 2, 3]).isGood)
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
    func `base64 follows the vectors of its specification`(_ plain: String, _ encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test(arguments: ["Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm9v\n", "Zm 9", "Zm9-", "Zm9_", "Zg==Zg==", "=Zg="])
    func `base64 has one spelling`(_ text: String) { #expect(Base64.decode(text) == nil) }

    @Test func `all bytes survive base64`() {
        let bytes = (0...255).map { UInt8($0) } + [0xFF]
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }
}
