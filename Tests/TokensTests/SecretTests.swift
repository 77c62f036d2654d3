// SPDX-License-Identifier: Apache-2.0
import Base
import Testing

@testable import Tokens

@Suite struct SecretTests {
    @Test func `a token is read back from its text and from nothing else`() throws {
        var generator = CountingGenerator(state: 1)
        let token = AccessToken.generate(using: &generator)
        let read = try #require(AccessToken(token.text))
        #expect(read.id == token.id && read.matches(token.digest))
        #expect(token.text.hasPrefix("ashlar_\(token.id)_"))
        let other = AccessToken.generate(using: &generator)
        #expect(other.id != token.id && !other.matches(token.digest))
        for wrong in ["", "ashlar_", String(token.text.dropLast()), token.text + "0", token.text.uppercased(), "x" + token.text] {
            #expect(AccessToken(wrong) == nil)
        }
    }

    @Test func `what is shown of a secret is not the secret`() {
        var generator = CountingGenerator(state: 2)
        let token = AccessToken.generate(using: &generator)
        let secret = token.text.suffix(64)
        #expect(!"\(token)".contains(secret) && !String(reflecting: token).contains(secret))
        var dumped = ""
        dump(token, to: &dumped)
        #expect(!dumped.contains(secret) && !dumped.contains(Hex.decode(secret)?.first.map(String.init) ?? "?"))
    }

    @Test func `a password is recognised by its hash, and by a hash of others`() throws {
        var generator = CountingGenerator(state: 3)
        let hash = try PasswordHash(of: "correct horse battery", rounds: 210_000, using: &generator)
        #expect(hash.matches("correct horse battery"))
        #expect(!hash.matches("correct horse batterx"))
        #expect(!hash.matches(""))
        let read = try #require(PasswordHash(hash.description))
        #expect(read == hash)
        #expect(try PasswordHash(of: "correct horse battery", rounds: 210_000, using: &generator) != hash)
        // As Python's hashlib computes it.
        let known = try #require(
            PasswordHash("pbkdf2-sha256$210000$MDEyMzQ1Njc4OWFiY2RlZg==$svfx7wStYdvf6a4USz8xCugOsCNKnUlNZGpCWW24lbY="))
        #expect(known.matches("correct horse battery"))
    }

    @Test(arguments: [
        "", "pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2RlZg==$svfx7wStYdvf6a4USz8xCugOsCNKnUlNZGpCWW24lbY=",
        "pbkdf2-sha256$999999999$MDEyMzQ1Njc4OWFiY2RlZg==$svfx7wStYdvf6a4USz8xCugOsCNKnUlNZGpCWW24lbY=", "bcrypt$1$a$b",
        "pbkdf2-sha256$210000$$svfx7wStYdvf6a4USz8xCugOsCNKnUlNZGpCWW24lbY=", "pbkdf2-sha256$210000$MDEyMzQ1Njc4OWFiY2RlZg==$",
    ])
    func `a hash that is too cheap, too dear or of another kind is not read`(text: String) { #expect(PasswordHash(text) == nil) }

    @Test func `short, long and unprintable passwords are refused`() {
        for password in ["short", "elevenchars", String(repeating: "a", count: 257), "with a\nline feed"] {
            #expect(throws: TokensError.self) { try PasswordHash.check(password) }
        }
        #expect(throws: Never.self) { try PasswordHash.check("twelve chars") }
    }

    @Test func `a made password can be used`() throws {
        var generator = CountingGenerator(state: 4)
        let password = PasswordHash.generatedPassword(using: &generator)
        #expect(throws: Never.self) { try PasswordHash.check(password) }
        #expect(PasswordHash.generatedPassword(using: &generator) != password)
    }

    @Test func `a sealed token is read with its key only`() throws {
        var generator = CountingGenerator(state: 5)
        let seal = try #require(TokenSeal(key: TokenSeal.generate(using: &generator)))
        let other = try #require(TokenSeal(key: TokenSeal.generate(using: &generator)))
        let text = seal.seal(["sub": "ada"])
        let token = try JSONWebToken(text)
        #expect(TokenSeal.resembles(token))
        #expect(try token.claims(signedBy: seal).subject == "ada")
        #expect(throws: TokensError.badSignature) { try token.claims(signedBy: other) }
        let unsigned = Forge.unsigned(["alg": "none"], ["sub": "ada"]) + "."
        #expect(throws: TokensError.algorithm("none")) { try JSONWebToken(unsigned).claims(signedBy: seal) }
        #expect(TokenSeal(key: [1, 2, 3]) == nil)
    }

    @Test func `comparison sees every byte`() {
        let bytes = (0..<32).map { UInt8($0) }
        #expect(ConstantTime.equal(bytes, bytes))
        #expect(!ConstantTime.equal(bytes, Array(bytes.dropLast())))
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0x80
            #expect(!ConstantTime.equal(bytes, changed))
        }
    }
}
