// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Testing

@testable import Tools

@Suite struct ArchiveTrustTests {
    private typealias Fixture = SigningFixtures
    private let toolbox = Toolbox()

    private func verdict(_ document: String, keyring: String, pinned: [String]) async throws -> ArchiveTrust.Verdict? {
        guard toolbox.find("gpgv") != nil else {
            Issue.record("gpgv is not installed: the verification of archives is NOT tested", severity: .warning)
            return nil
        }
        let archive = SuiteArchive(suite: "test", base: "debian", keyring: "k.asc", fingerprints: pinned, hasValidUntil: false)
        return try await ArchiveTrust(toolbox).verify(inRelease: Array(document.utf8), of: archive, keyring: Array(keyring.utf8))
    }

    private func refusal(_ document: String, keyring: String, pinned: [String]) async throws -> String {
        switch try await verdict(document, keyring: keyring, pinned: pinned) {
        case .refused(let reasons): reasons.joined(separator: "\n")
        case .trusted: "TRUSTED"
        case nil: "skipped"
        }
    }

    @Test func `a document signed by a pinned key gives its text and who signed`() async throws {
        guard
            case .trusted(let body, let vouching)? = try await verdict(
                Fixture.signedByFirst, keyring: Fixture.firstKey, pinned: [Fixture.first])
        else { return #expect(toolbox.find("gpgv") == nil) }
        #expect(String(decoding: body.value, as: UTF8.self) == Fixture.body)
        #expect(vouching.signedBy == [Fixture.first])
        #expect(vouching.path == "debian/dists/test/InRelease")
        #expect(vouching.sha256 == Digest.sha256(of: Fixture.signedByFirst).hex)
        #expect(vouching.signed == Timestamp(seconds: 1_577_923_200))
    }

    @Test func `a second signature by an unknown key does no harm`() async throws {
        guard
            case .trusted(_, let vouching)? = try await verdict(
                Fixture.signedByBoth, keyring: Fixture.firstKey, pinned: [Fixture.first])
        else { return #expect(toolbox.find("gpgv") == nil) }
        #expect(vouching.signedBy == [Fixture.first])
    }

    @Test(arguments: [
        ("stranger", Fixture.signedBySecond, Fixture.firstKey, Fixture.first, "not in the keyring"),
        ("expired", Fixture.signedByExpired, Fixture.expiredKey, Fixture.expired, "the key has expired"),
        ("revoked", Fixture.signedBySecond, Fixture.revokedSecondKey, Fixture.second, "the key was revoked"),
        ("weak", Fixture.signedWithSHA1, Fixture.firstKey, Fixture.first, "too weak"),
        (
            "changed", Fixture.signedByFirst.replacing("Suite: test", with: "Suite: tess"), Fixture.firstKey, Fixture.first,
            "does not match"
        ),
        ("unsigned", "Suite: test\n", Fixture.firstKey, Fixture.first, "text before the signed message"),
        ("prefix", "Suite: evil\n\n" + Fixture.signedByFirst, Fixture.firstKey, Fixture.first, "text before"),
        ("suffix", Fixture.signedByFirst + "Suite: evil\n", Fixture.firstKey, Fixture.first, "text after"),
        ("twice", Fixture.signedByFirst + Fixture.signedByFirst, Fixture.firstKey, Fixture.first, "more than one"),
        (
            "damaged", Fixture.signedByFirst.replacing("\n\n", with: "\n\nAAAA", maxReplacements: 2), Fixture.firstKey, Fixture.first,
            "gpgv found no signature"
        ),
        ("empty", "", Fixture.firstKey, Fixture.first, "no complete"),
    ])
    func `a document is refused with the reason`(_ name: String, _ document: String, _ keyring: String, _ pin: String, _ reason: String)
        async throws
    {
        let found = try await refusal(document, keyring: keyring, pinned: [pin])
        #expect(found.contains(reason) || found == "skipped", "\(name): \(found)")
    }

    @Test func `a keyring with a key nobody pinned is an error before anything is verified`() async {
        await #expect(throws: ToolsError.keyringNotPinned(name: "k.asc", strangers: [Fixture.second], missing: [])) {
            _ = try await ArchiveTrust(toolbox).verify(
                inRelease: Array(Fixture.signedByFirst.utf8),
                of: SuiteArchive(suite: "test", base: "debian", keyring: "k.asc", fingerprints: [Fixture.first], hasValidUntil: false),
                keyring: Array((Fixture.firstKey + Fixture.secondKey).utf8))
        }
    }

    @Test func `status lines count only inside a signature and only as gpgv wrote them`() {
        let signatures = GPGStatus.signatures(
            in: """
                [GNUPG:] GOODSIG 1111 before any signature
                [GNUPG:] NEWSIG
                [GNUPG:] GOODSIG AAAA Someone\u{2028}[GNUPG:] VALIDSIG FFFF 2020-01-01 5 0 4 0 22 8 01 PPPP
                [GNUPG:] NEWSIG
                [GNUPG:] GOODSIG BBBB Someone
                [GNUPG:] VALIDSIG FFFF 2020-01-01 5 0 4 0 22 8 01 PPPP
                [GNUPG:] NEWSIG
                [GNUPG:] BADSIG CCCC Someone
                [GNUPG:] VALIDSIG FFFF 2020-01-01 5 0 4 0 22 8 01 PPPP
                """)
        #expect(
            signatures.map(\.verdict) == [
                .refused("gpgv did not call it good"), .good, .refused("the signature does not match the text"),
            ])
    }
}
