// SPDX-License-Identifier: Apache-2.0
import Attest
import Base
import Certificates
import Foundation
import Sigstore
import Testing

@Suite struct CertificateTests {
    private static let start = Timestamp(seconds: 1_700_000_000)
    private static let end = Timestamp(seconds: 1_800_000_000)
    private static let openssl = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first(where: FileManager.default.isExecutableFile(atPath:))

    private func selfSigned(_ keys: any KeyHolder) throws -> CertificateChain {
        try CertificateChain.selfSigned(
            by: keys, subject: CertificateChain.Subject("C=DE,ST=Berlin,O=Example,CN=ashlar"), from: Self.start, until: Self.end,
            serial: [1, 2, 3])
    }

    private func makeKeys() -> KeySigner {
        var generator = SystemRandomNumberGenerator()
        return KeyFile.generate(using: &generator).signer
    }

    private func openssl(_ arguments: [String]) throws -> String? {
        guard let program = Self.openssl else {
            print("SKIPPED: openssl reads our certificates; openssl is not installed")
            return nil
        }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `a certificate is for signing code, no authority, and read back as it was`() throws {
        let keys = makeKeys()
        let chain = try selfSigned(keys)
        #expect(chain.certificates.count == 1 && chain.validFrom == Self.start && chain.validUntil == Self.end)
        #expect(try CertificateChain(pem: chain.pem, of: keys.publicKeyDER) == chain)
        let scratch = try Folder()
        let file = scratch.path + "/a.crt"
        try Data(chain.pem.utf8).write(to: URL(filePath: file))
        guard let text = try openssl(["x509", "-in", file, "-noout", "-text"]) else { return }
        for expected in [
            "CN = ashlar", "Code Signing", "CA:FALSE", "Digital Signature", "ecdsa-with-SHA256", "X509v3 Key Usage: critical",
        ] { #expect(text.contains(expected), "\(expected) is not in \(text)") }
        let verdict = try openssl(["verify", "-attime", "1750000000", "-check_ss_sig", "-CAfile", file, file])
        #expect(verdict?.contains("OK") == true, "\(verdict ?? "")")
    }

    @Test func `a certificate of another key, or of another use, is refused`() throws {
        let keys = makeKeys()
        let other = makeKeys()
        let chain = try selfSigned(keys)
        #expect(throws: CertificatesError.self) { try CertificateChain(pem: chain.pem, of: other.publicKeyDER) }
        #expect(throws: CertificatesError.self) { try CertificateChain(pem: "", of: keys.publicKeyDER) }
        #expect(throws: CertificatesError.self) {
            try CertificateChain(pem: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", of: keys.publicKeyDER)
        }
    }

    @Test func `an authority issues one, and its chain comes along`() throws {
        let scratch = try Folder()
        guard
            try openssl([
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", scratch.path + "/ca.key",
                "-out", scratch.path + "/ca.crt", "-days", "400", "-subj", "/C=DE/ST=Berlin/O=Example/CN=Example CA", "-addext",
                "keyUsage=critical,keyCertSign,cRLSign",
            ]) != nil
        else { return }
        let keys = makeKeys()
        let now = Timestamp(seconds: Int(Date().timeIntervalSince1970))
        let subject = try CertificateChain.Subject("C=DE,ST=Berlin,O=Example,CN=ashlar")
        let chain = try CertificateChain.issued(
            for: keys, subject: subject, from: now, until: Timestamp(seconds: now.seconds + 86400 * 800), serial: [7],
            authority: scratch.text("ca.crt"), authorityKey: scratch.text("ca.key"))
        #expect(chain.certificates.count == 2)
        #expect(chain.validUntil < Timestamp(seconds: now.seconds + 86400 * 401), "it outlives its authority")
        try Data(chain.pem.utf8).write(to: URL(filePath: scratch.path + "/leaf.crt"))
        let verdict = try openssl(["verify", "-CAfile", scratch.path + "/ca.crt", scratch.path + "/leaf.crt"])
        #expect(verdict?.contains("OK") == true, "\(verdict ?? "")")
        #expect(throws: CertificatesError.self) {
            try CertificateChain.issued(
                for: keys, subject: subject, from: now, until: now, serial: [7], authority: try selfSigned(keys).pem,
                authorityKey: scratch.text("ca.key"))
        }
    }

    @Test(arguments: ["", "CN=a", "C=DEU,ST=x,O=y,CN=z", "C=DE,ST=x,O=y,CN=z,CN=w", "C=DE,ST=x,O=,CN=z", "C=DE,ST=x,O=y,CN=z,L=q"])
    func `a subject without what trust policies ask for is refused`(_ text: String) {
        #expect(throws: CertificatesError.self) { try CertificateChain.Subject(text) }
    }
}

private final class Folder {
    let path = NSTemporaryDirectory() + "/ashlar-certificates-" + UUID().uuidString
    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
    func text(_ name: String) -> String { (try? String(contentsOfFile: path + "/" + name, encoding: .utf8)) ?? "" }
}
