// SPDX-License-Identifier: Apache-2.0
import Attest
import Base
import Foundation
import Sigstore
import Testing

@Suite struct KeyFileTests {
    private let key = FixedGenerator.key(7)
    private static let openssl = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first(where: FileManager.default.isExecutableFile(atPath:))

    private func encrypted(_ passphrase: String) throws -> String {
        var generator = FixedGenerator(state: 9)
        return try key.encryptedPEM(passphrase: passphrase, using: &generator)
    }

    @Test func `a key survives its file`() async throws {
        let again = try KeyFile(pem: key.unencryptedPEM)
        #expect(again.publicKeyDER == key.publicKeyDER)
        #expect(key.unencryptedPEM.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        let message = Array("message".utf8)
        let signature = try await again.signer.sign([.simpleSigning(message)])[0]
        #expect(SignatureVerifier.verify(der: signature, message: message, publicKeyPEM: key.publicPEM).isGood)
    }

    @Test func `a passphrase opens the key and no other does`() throws {
        let pem = try encrypted("correct horse")
        #expect(pem.hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"))
        #expect(try KeyFile(pem: pem, passphrase: "correct horse").publicKeyDER == key.publicKeyDER)
        #expect(throws: AttestError.wrongPassphrase) { try KeyFile(pem: pem, passphrase: "correct horsf") }
        #expect(throws: AttestError.passphraseNeeded) { try KeyFile(pem: pem) }
        #expect(throws: AttestError.passphraseNeeded) { try KeyFile(pem: pem, passphrase: "") }
    }

    @Test func `a passphrase below eight characters is refused`() {
        #expect(throws: AttestError.weakPassphrase(characters: 7, minimum: 8)) { try encrypted("seven77") }
    }

    @Test func `iterations below the minimum are refused`() {
        var generator = FixedGenerator(state: 9)
        #expect(throws: AttestError.self) { try key.encryptedPEM(passphrase: "correct horse", iterations: 599_999, using: &generator) }
    }

    @Test(arguments: [
        "", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\nAAAA",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
    ])
    func `what is no private key is refused`(_ pem: String) {
        #expect(throws: AttestError.self) { try KeyFile(pem: pem, passphrase: "correct horse") }
    }

    @Test func `an encrypted key that was cut or changed is refused`() throws {
        let der = try #require(PEM.blocks(in: encrypted("correct horse"), label: "ENCRYPTED PRIVATE KEY").first)
        // The header alone: beyond it every change costs a whole key derivation.
        for length in 0..<90 {
            #expect(throws: AttestError.self) {
                try KeyFile(pem: PEM.text(Array(der.prefix(length)), label: "ENCRYPTED PRIVATE KEY"), passphrase: "correct horse")
            }
        }
    }

    @Test func `a description shows nothing of the key`() {
        for text in ["\(key)", String(reflecting: key), "\(key.signer)", String(reflecting: key.signer)] { #expect(text.utf8.count < 60) }
        var dumped = ""
        dump(key, to: &dumped)
        dump(key.signer, to: &dumped)
        #expect(!dumped.contains("privateKey") && !dumped.contains("P256"))
    }

    @Test(.enabled(if: openssl != nil)) func `openssl reads both kinds of files`() throws {
        for (pem, arguments) in [(key.unencryptedPEM, []), (try encrypted("correct horse"), ["-passin", "pass:correct horse"])] {
            let output = try run(["pkey", "-pubout"] + arguments, input: pem)
            #expect(output.status == 0)
            #expect(output.text == key.publicPEM)
        }
        #expect(try run(["pkey", "-pubout", "-passin", "pass:wrong one"], input: encrypted("correct horse")).status != 0)
    }

    @Test(.enabled(if: openssl != nil)) func `files that openssl makes are read`() throws {
        let plain = try run(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], input: "").text
        let expected = try run(["pkey", "-pubout"], input: plain).text
        #expect(try KeyFile(pem: plain).publicPEM == expected)
        #expect(try KeyFile(pem: run(["pkey", "-traditional"], input: plain).text).publicPEM == expected)
        let locked = try run(
            ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-passout", "pass:correct horse"], input: plain
        ).text
        #expect(try KeyFile(pem: locked, passphrase: "correct horse").publicPEM == expected)
        let other = try run(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], input: "").text
        #expect(throws: AttestError.self) { try KeyFile(pem: other) }
    }

    @Test(.enabled(if: openssl != nil)) func `openssl verifies our signatures`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ashlar-\(key.publicPEM.hashValue)-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let message = "signed by ashlar"
        let signature = try await key.signer.sign([.simpleSigning(Array(message.utf8))])[0]
        try Data(signature).write(to: folder.appending(path: "signature"))
        try Data(key.publicPEM.utf8).write(to: folder.appending(path: "key.pub"))
        let arguments = [
            "dgst", "-sha256", "-verify", folder.appending(path: "key.pub").path, "-signature", folder.appending(path: "signature").path,
        ]
        #expect(try run(arguments, input: message).status == 0)
        #expect(try run(arguments, input: message + "!").status != 0)
    }

    private func run(_ arguments: [String], input: String) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Self.openssl))
        process.arguments = arguments
        let (standardInput, output) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
    }
}
