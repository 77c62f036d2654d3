// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Crypto
import TestKit
import Testing

@testable import Assemble

struct JavaTruststoreTests {
    private struct Entry: Equatable {
        var alias: String
        var milliseconds: Int
        var certificate: [UInt8]
    }

    /// The layout of sun.security.provider.JavaKeyStore, version 2.
    private func read(_ store: [UInt8]) throws -> [Entry] {
        var rest = store.dropLast(20)
        func number(_ bytes: Int) -> Int {
            defer { rest = rest.dropFirst(bytes) }
            return rest.prefix(bytes).reduce(0) { $0 << 8 | Int($1) }
        }
        func text() -> String {
            let count = number(2)
            defer { rest = rest.dropFirst(count) }
            return String(decoding: rest.prefix(count), as: UTF8.self)
        }
        try #require(number(4) == 0xFEED_FEED)
        try #require(number(4) == 2)
        let entries = try (0..<number(4)).map { _ in
            try #require(number(4) == 2)
            let (alias, time) = (text(), number(8))
            try #require(text() == "X.509")
            let count = number(4)
            defer { rest = rest.dropFirst(count) }
            return Entry(alias: alias, milliseconds: time, certificate: Array(rest.prefix(count)))
        }
        try #require(rest.isEmpty)
        let secret = "changeit".utf8.flatMap { [0, $0] } + Array("Mighty Aphrodite".utf8)
        #expect(Array(Insecure.SHA1.hash(data: secret + store.dropLast(20))) == Array(store.suffix(20)))
        return entries
    }

    @Test func `every certificate is a trusted entry under Debian's alias`() async throws {
        var bench = Bench()
        bench.recipe.steps = [.javaTruststore]
        let image = try await bench.assemble([.certificates])
        let entries = try read(try #require(try bench.bytes(JavaTruststore.path, in: image)))
        let time = image.created.seconds * 1000
        #expect(
            entries == [
                Entry(alias: "debian:a_root.pem", milliseconds: time, certificate: [0, 0, 0]),
                Entry(alias: "debian:b_root.pem", milliseconds: time, certificate: [4, 16, 65]),
                Entry(alias: "debian:c_főtanúsítvány.pem", milliseconds: time, certificate: [8, 32, 130]),
            ])
    }

    @Test(arguments: ["", "-----BEGIN CERTIFICATE-----\nAAAA\n", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"])
    func `a file that is no certificate is named`(_ text: String) async throws {
        var bench = Bench()
        bench.recipe.steps = [.javaTruststore]
        let refusal = await bench.refusal([DebBuilder("ca", entries: [.file("./usr/share/ca-certificates/mozilla/Bad.crt", text)])])
        #expect(refusal?.code == "assemble.missing-input")
        #expect(refusal?.summary.contains("Bad.crt") == true)
    }

    @Test func `keytool lists what was written, where it is installed`() async throws {
        guard let keytool = OtherReadersTests.find("keytool") else { return }
        var bench = Bench()
        bench.recipe.steps = [.javaTruststore]
        let folder = "./usr/share/ca-certificates/mozilla/"
        let deb = DebBuilder(
            "ca", entries: [.file(folder + "Test_Root.crt", Self.certificate), .file(folder + "Two.crt", Self.certificate)])
        let store = try #require(try bench.bytes(JavaTruststore.path, in: try await bench.assemble([deb])))
        let listing = try OtherReadersTests.run(keytool, ["-list", "-keystore", "/dev/stdin", "-storepass", "changeit"], store)
        #expect(listing.status == 0, "\(listing.output)")
        #expect(listing.output.contains("debian:test_root.pem") && listing.output.contains("debian:two.pem"))
        #expect(listing.output.contains("trustedCertEntry"))
    }

    // Self-signed, made for this test; its key is gone.
    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBgDCCASWgAwIBAgIUJj/FMBsYw4pfLpKrL0+kQWUCL2QwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJVGVzdCBSb290MCAXDTI2MTEyMzA5MTkyN1oYDzIxMjYxMDMw
        MDkxOTI3WjAUMRIwEAYDVQQDDAlUZXN0IFJvb3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAATUg8EWWEr6kPAESQY4B4EhnkS2UHa7L6XlxFszn7LK7SACITM62Mu3
        yU6lYF+Me8kiSMVvyGaBdkeAY2pLy3mYo1MwUTAdBgNVHQ4EFgQU/ydFoIUEjIVv
        7yGsr4D4R6JE2HQwHwYDVR0jBBgwFoAU/ydFoIUEjIVv7yGsr4D4R6JE2HQwDwYD
        VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAzB06T/bP/gAfMk5M4Mdd
        JujaQCL4fZfI8wyIZ5x8r54CIQDA+Gtwu34hsiRQA2Nt/O/3wXhJO2xFithIFVQa
        dAQqVA==
        -----END CERTIFICATE-----

        """
}
