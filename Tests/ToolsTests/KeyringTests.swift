// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Tools

@Suite struct KeyringTests {
    private typealias Fixture = SigningFixtures
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `armoured and binary keyrings give the same fingerprints`() throws {
        let armoured = bytes(Fixture.firstKey)
        let binary = try Armor.binary(armoured, name: "k")
        #expect(binary != armoured)
        #expect(try Keyring(armoured, name: "k").fingerprints == [Fixture.first])
        #expect(try Keyring(binary, name: "k").fingerprints == [Fixture.first])
    }

    @Test func `several keys come in the order of the file`() throws {
        #expect(
            try Keyring(bytes(Fixture.firstKey + Fixture.revokedSecondKey), name: "k").fingerprints == [Fixture.first, Fixture.second])
    }

    @Test func `pins may have spaces and small letters`() throws {
        let pin = "d2c9 7d0c f3ce 2e74 1d8f  69e6 4d8e 878e 3f27 1ace"
        #expect(try Keyring.check(bytes(Fixture.firstKey), name: "k", pinned: [pin]).fingerprints == [Fixture.first])
    }

    @Test func `a key that is not pinned and a pin without a key are refused`() {
        #expect(throws: ToolsError.keyringNotPinned(name: "k", strangers: [Fixture.second], missing: [])) {
            try Keyring.check(bytes(Fixture.firstKey + Fixture.secondKey), name: "k", pinned: [Fixture.first])
        }
        #expect(throws: ToolsError.keyringNotPinned(name: "k", strangers: [], missing: [Fixture.second])) {
            try Keyring.check(bytes(Fixture.firstKey), name: "k", pinned: [Fixture.first, Fixture.second])
        }
    }

    @Test(
        arguments: [
            [], [0x00, 0x01], [0xC6], [0xC6, 0x05, 0x04], [0xC6, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0x04], [0xC6, 0xE1, 0x04, 0x00],
            [0x9B, 0x04],
            [0xC6, 0x02, 0x05, 0x00], [0xC6, 0x02, 0x03, 0x00], [0xC5, 0x02, 0x04, 0x00], [0xC2, 0x01, 0x04], [0xFE, 0x01, 0x00],
            Array("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nAAAA\n-----END PGP PRIVATE KEY BLOCK-----\n".utf8),
            Array("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n".utf8),
            Array("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!!\n-----END PGP PUBLIC KEY BLOCK-----\n".utf8),
            Array("-nothing".utf8),
        ] as [[UInt8]])
    func `what is no keyring is refused`(_ bytes: [UInt8]) {
        #expect(throws: ToolsError.self) { try Keyring(bytes, name: "k") }
    }

    @Test func `a keyring cut anywhere is refused or has whole keys only`() throws {
        let whole = try Armor.binary(bytes(Fixture.firstKey), name: "k")
        for length in 0..<whole.count {
            if let keyring = try? Keyring(Array(whole.prefix(length)), name: "k") { #expect(keyring.fingerprints == [Fixture.first]) }
        }
    }
}
