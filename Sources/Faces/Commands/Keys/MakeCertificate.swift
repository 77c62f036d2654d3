// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Attest
import Base
import Certificates
import Foundation

struct MakeCertificate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate", abstract: "Makes the X.509 certificate of the image key that Notation signatures carry.",
        discussion: """
            Writes notation.crt into the keys folder: self-signed, or issued by the authority of --ca. It is for signing code, and no \
            authority. Who verifies with `notation` puts it (or the authority) into a trust store.

            Example: ashlar keys certificate --subject "C=DE,ST=Berlin,O=Example,CN=ashlar" --days 730
            """)
    @OptionGroup var options: GlobalOptions
    @Option(help: "Whose key it is: C, ST, O and CN.") var subject: String
    @Option(help: "How long it is valid.") var days = 730
    @Option(help: "PEM certificates of an authority and those above it.") var ca: String?
    @Option(help: "The authority's private key, PEM.") var caKey: String?
    @Option(help: "A file that holds the passphrase of the image key, readable by its owner only.") var passphraseFile: String?

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            guard (1...3650).contains(days) else { throw CommandError.badValue("--days \(days)", reason: "it is 1 to 3650") }
            let keys = try KeyLoader(settings: settings, passphrase: Passphrase.find(passphraseFile, environment)).keys()
            let name = try CertificateChain.Subject(subject)
            let now = Workshop.now()
            let until = Timestamp(seconds: now.seconds + days * 86400)
            var generator = SystemRandomNumberGenerator()
            // Positive, and 127 bits of chance (CA/Browser Forum asks for 64).
            let serial = [UInt8.random(in: 1...127, using: &generator)] + (0..<15).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let chain: CertificateChain
            if let ca {
                guard let caKey else { throw CommandError.needed("--ca-key", example: "ca.key") }
                chain = try CertificateChain.issued(
                    for: keys, subject: name, from: now, until: until, serial: serial,
                    authority: String(decoding: Files.read(ca, limit: 1 << 18), as: UTF8.self), authorityKey: KeyLoader.secret(caKey))
            } else {
                chain = try CertificateChain.selfSigned(by: keys, subject: name, from: now, until: until, serial: serial)
            }
            try Files.replace(settings.certificateFile, with: Array(chain.pem.utf8), mode: 0o644)
            print("wrote \(settings.certificateFile): \(chain.subject), until \(chain.validUntil)")
            print("sign with it: notation: true in ashlar.yaml, or ashlar build --notation")
        }
    }
}
