// SPDX-License-Identifier: Apache-2.0
import Attest
import Base
import Crypto
import Foundation
import Sigstore
import Testing

@testable import Signing

/// What every backend of the signer promises, tried on keys in memory and on keys in a real token.
@Suite(.serialized) struct KeyHolderTests {
    enum Backend: String, CaseIterable, Sendable { case file, token }

    /// The keys and what must live as long as they do; nil when this machine has no such backend.
    private func make(_ backend: Backend) throws -> (keys: any KeyHolder, token: SoftToken?)? {
        switch backend {
        case .file: return (try Workbench.makeKeys(), nil)
        case .token:
            guard let token = try SoftToken.make() else { return nil }
            let uri = try TokenURI(token.uri(object: "image"))
            try TokenKeys.generate(uri, pin: SoftToken.pin)
            var generator = SystemRandomNumberGenerator()
            return (try TokenKeys(uri, pin: SoftToken.pin, logKey: LogKeyFile.generate(using: &generator).key), token)
        }
    }

    @Test(arguments: Backend.allCases) func `signatures verify with the public half`(_ backend: Backend) throws {
        guard let (keys, token) = try make(backend) else { return }
        let key = try VerificationKey(der: keys.publicKeyDER)
        let statement = try Workbench.statement()
        let encoded = Envelope.preAuthenticationEncoding(payloadType: Statement.payloadType, payload: statement)
        // Often enough to meet an r or s with leading zeros, whose DER is shorter.
        for _ in 0..<64 {
            #expect(SignatureVerifier.verify(der: try keys.signature(of: .statement(statement)), message: encoded, key: key).isGood)
        }
        let simple = try keys.signature(of: .simpleSigning(Workbench.simpleSigning))
        #expect(SignatureVerifier.verify(der: simple, message: Workbench.simpleSigning, key: key).isGood)
        let input = Workbench.notation().signingInput
        let raw = try keys.signature(of: .notation(input))
        #expect(raw.count == 64)
        let publicKey = try P256.Signing.PublicKey(derRepresentation: keys.publicKeyDER)
        #expect(publicKey.isValidSignature(try P256.Signing.ECDSASignature(rawRepresentation: raw), for: input))
        withExtendedLifetime(token) {}
    }

    @Test(arguments: Backend.allCases) func `a checkpoint is signed by the log's key, and by nothing without one`(
        _ backend: Backend
    ) async throws {
        guard let (keys, token) = try make(backend) else { return }
        let text = SmallTree(2).checkpoint()
        let logKey = try Curve25519.Signing.PublicKey(rawRepresentation: try #require(keys.logPublicKey))
        #expect(logKey.isValidSignature(try keys.signature(of: .checkpoint(text, consistency: [])), for: text))
        #expect(try await keys.lastCheckpoint() == nil)
        withExtendedLifetime(token) {}
    }

    @Test(arguments: Backend.allCases) func `a desk signs with it, from several threads`(_ backend: Backend) async throws {
        guard let (keys, token) = try make(backend) else { return }
        let scratch = try Scratch()
        let desk = try Workbench.desk(keys, journal: SigningJournal(path: scratch.path + "/journal"))
        let counts = try await Array(0..<8).concurrentMap(limit: 4) { _ in
            try desk.sign([.statement(try Workbench.statement()), .simpleSigning(Workbench.simpleSigning)], for: Workbench.peer).count
        }
        #expect(counts == Array(repeating: 2, count: 8))
        #expect(scratch.text("journal").split(separator: "\n").count == 16)
        withExtendedLifetime(token) {}
    }

    @Test func `a key is not made twice, a missing one and a wrong PIN are named`() throws {
        guard let token = try SoftToken.make() else { return }
        let uri = try TokenURI(token.uri(object: "image"))
        #expect(throws: SigningError.self) { try TokenKeys(uri, pin: SoftToken.pin) }
        try TokenKeys.generate(uri, pin: SoftToken.pin)
        #expect(throws: SigningError.self) { try TokenKeys.generate(uri, pin: SoftToken.pin) }
        _ = try TokenKeys(uri, pin: SoftToken.pin)
        // A session that is logged in lets any further one in.
        let other = try TokenURI(token.uri(object: "image").replacing("token=ashlar", with: "token=no-ashlar"))
        #expect(throws: SigningError.self) { try TokenKeys(other, pin: SoftToken.pin) }
    }

    @Test(arguments: [
        "pkcs11:", "pkcs11:token=a;object=b", "pkcs11:token=a?module-path=/m", "pkcs11:object=b?module-path=/m",
        "pkcs11:token=a;object=b?module-path=m", "pkcs11:token=a;object=b?module-path=/m&pin-value=1234",
        "pkcs11:token=a;object=b;slot-id=1?module-path=/m", "pkcs11:token=a;token=c;object=b?module-path=/m",
        "pkcs11:token=a;object=b;type=cert?module-path=/m", "pkcs11:token=%zz;object=b?module-path=/m",
        "pkcs11:token=a;object=b?module-path=/m&pin-source=pin", "pkcs11:token=a;object?module-path=/m", "file:/key",
        "pkcs11:token=a;object=b?module-path=/m&pin-source=file://host/pin", "pkcs11:token=a%00b;object=b?module-path=/m",
    ]) func `a URI that does not say one key, or says a secret, is refused`(_ text: String) {
        #expect(throws: SigningError.self) { try TokenURI(text) }
    }

    @Test func `a URI is read with its escapes`() throws {
        let uri = try TokenURI(
            "pkcs11:token=My%20Token;object=image;id=%01%AB;type=private?pin-source=file:/secure/pin&module-path=/usr/lib/m.so")
        #expect(uri.token == "My Token" && uri.object == "image" && uri.id == [1, 0xAB])
        #expect(uri.pinFile == "/secure/pin" && uri.modulePath == "/usr/lib/m.so")
    }
}

/// A key name of its own in a token of SoftHSM. There is one token for all tests: the module looks for tokens once a process.
final class SoftToken: Sendable {
    static let pin = "1234-test"
    private static let module = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so"]
        .first(where: FileManager.default.fileExists(atPath:))
    private static let program = "/usr/bin/softhsm2-util"
    private static let shared = Result { try initialise() }
    private let suffix = UUID().uuidString.prefix(8)

    static func make() throws -> SoftToken? {
        guard module != nil, FileManager.default.isExecutableFile(atPath: program) else {
            print("SKIPPED: keys in a PKCS#11 token; softhsm2 is not installed (apt-get install softhsm2)")
            return nil
        }
        _ = try shared.get()
        return SoftToken()
    }

    private static func initialise() throws -> Scratch {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.path + "/tokens", withIntermediateDirectories: true)
        let settings = scratch.path + "/softhsm2.conf"
        try Data("directories.tokendir = \(scratch.path)/tokens\nobjectstore.backend = file\nlog.level = ERROR\n".utf8)
            .write(to: URL(filePath: settings))
        setenv("SOFTHSM2_CONF", settings, 1)
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = ["--init-token", "--free", "--label", "ashlar", "--so-pin", "so-pin-test", "--pin", pin]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure.notInitialised }
        return scratch
    }

    enum Failure: Error { case notInitialised }

    func uri(object: String) -> String { "pkcs11:token=ashlar;object=\(object)-\(suffix)?module-path=\(Self.module ?? "")" }
}
