// SPDX-License-Identifier: Apache-2.0
import Attest
import Base
import Foundation
import Sigstore
import Testing

@testable import Signing

@Suite struct PolicyTests {
    private let bench: Workbench
    init() throws { bench = try Workbench() }

    private func refusal(of message: SignableMessage) -> String? {
        do {
            _ = try bench.desk.sign([message], for: Workbench.peer)
            return nil
        } catch SigningError.refused(let reason) {
            return reason
        } catch { return "another error: \(error)" }
    }

    @Test func `what a build made is signed, in each of the four kinds`() throws {
        let tree = SmallTree(3)
        let messages: [SignableMessage] = [
            .statement(try Workbench.statement(name: "python")), .simpleSigning(Workbench.simpleSigning),
            .checkpoint(tree.checkpoint(), consistency: []), .notation(Workbench.notation().signingInput),
        ]
        let signatures = try bench.desk.sign(messages, for: Workbench.peer)
        #expect(signatures.count == 4)
        let key = try VerificationKey(der: bench.keys.publicKeyDER)
        let encoded = Envelope.preAuthenticationEncoding(
            payloadType: Statement.payloadType, payload: try Workbench.statement(name: "python"))
        #expect(SignatureVerifier.verify(der: signatures[0], message: encoded, key: key).isGood)
        #expect(SignatureVerifier.verify(der: signatures[1], message: Workbench.simpleSigning, key: key).isGood)
        #expect(signatures[2].count == 64 && signatures[3].count == 64)
        #expect(bench.journal.map { $0["kind"]?.string } == ["statement", "simple-signing", "checkpoint", "notation"])
        #expect(bench.journal.allSatisfy { $0["decision"] == "signed" && $0["peer"] == ["pid": 1, "uid": 2] })
        #expect(bench.journal[0]["sha256"]?.string == Digest.sha256(of: try Workbench.statement(name: "python")).hex)
        #expect(bench.journal[0]["subject"] == [JSON(Workbench.subject.description)])
    }

    static let subject: JSON = ["digest": ["sha256": JSON(Workbench.subject.hex)]]
    static func statement(_ changes: [String: JSON], without name: String = "") -> [UInt8] {
        var members: [String: JSON] = [
            "_type": JSON(Statement.v1), "predicate": ["a": 1], "predicateType": JSON(PredicateType.spdx), "subject": [subject],
        ]
        members.merge(changes) { $1 }
        members[name] = nil
        return JSON.object(members).canonicalBytes
    }

    static let badStatements: [(String, [UInt8])] = [
        ("foreign digest", statement(["subject": [["digest": ["sha256": JSON(Workbench.foreign.hex)]]]])),
        (
            "one of two digests is foreign",
            statement(["subject": [subject, ["digest": ["sha256": JSON(Workbench.foreign.hex)]]]])
        ),
        ("no subject", statement(["subject": []])),
        ("no digest", statement(["subject": [["name": "python"]]])),
        ("another algorithm alone", statement(["subject": [["digest": ["sha1": "da39a3ee5e6b4b0d3255bfef95601890afd80709"]]]])),
        (
            "another algorithm beside",
            statement(["subject": [["digest": ["sha256": JSON(Workbench.subject.hex), "sha512": "00"]]]])
        ),
        ("digest in capitals", statement(["subject": [["digest": ["sha256": JSON(Workbench.subject.hex.uppercased())]]]])),
        ("another repository's name", statement(["subject": [["digest": ["sha256": JSON(Workbench.subject.hex)], "name": "nginx"]]])),
        ("name that is no text", statement(["subject": [["digest": ["sha256": JSON(Workbench.subject.hex)], "name": nil]]])),
        ("member of a subject nobody checks", statement(["subject": [["digest": ["sha256": JSON(Workbench.subject.hex)], "uri": "x"]]])),
        ("old type", statement(["_type": JSON(Statement.v01)])),
        ("unknown predicate type", statement(["predicateType": "https://example.com/anything"])),
        ("predicate type that is no text", statement(["predicateType": 1])),
        ("no predicate", statement([:], without: "predicate")),
        ("predicate that is a list", statement(["predicate": []])),
        ("member nobody checks", statement(["extra": 1])),
        ("signature statement with a predicate", statement(["predicateType": JSON(PredicateType.cosignSign)])),
        ("a space", [0x20] + statement([:])),
        ("a line feed at the end", statement([:]) + [0x0A]),
        ("indented", (try? JSON.parse(statement([:])).prettyBytes) ?? []),
        ("keys out of order", Array(#"{"predicate":{},"_type":"x"}"#.utf8)),
        ("a needless escape", Array(String(decoding: statement([:]), as: UTF8.self).replacing("\"a\"", with: "\"\\u0061\"").utf8)),
        ("a number in another spelling", Array(String(decoding: statement([:]), as: UTF8.self).replacing(":1}", with: ":1.0}").utf8)),
        ("a key twice", Array(String(decoding: statement([:]), as: UTF8.self).replacing("{\"a\":1}", with: "{\"a\":1,\"a\":2}").utf8)),
        ("bytes that are no UTF-8", Array(statement([:]).dropLast(1)) + [0xFF, 0x7D]),
        ("an array", Array("[]".utf8)), ("nothing", []),
        ("subjects without end", statement(["subject": .array(Array(repeating: subject, count: 65))])),
    ]

    @Test(arguments: badStatements) func `a statement that is not about a build, or not canonical, is refused`(
        name: String, bytes: [UInt8]
    ) throws {
        let reason = try #require(refusal(of: .statement(bytes)), "\(name) was signed")
        #expect(reason.hasPrefix("message 1: "))
        #expect(bench.journal.last?["decision"] == "refused")
        #expect(bench.journal.count == 1)
    }

    @Test func `a simple signing payload is the one text for a digest and its repository`() throws {
        let wrong: [[UInt8]] = [
            SimpleSigning(dockerReference: "nginx", digest: Workbench.subject).canonicalBytes,
            SimpleSigning(dockerReference: "python", digest: Workbench.foreign).canonicalBytes,
            SimpleSigning(dockerReference: "python", digest: Workbench.subject, optional: ["creator": "x"]).canonicalBytes,
            Workbench.simpleSigning + [0x0A],
            Array(String(decoding: Workbench.simpleSigning, as: UTF8.self).replacing("null", with: "{}").utf8),
            Array(#"{"critical":{"type":"other"},"optional":null}"#.utf8),
        ]
        for bytes in wrong { #expect(refusal(of: .simpleSigning(bytes)) != nil, "\(String(decoding: bytes, as: UTF8.self)) was signed") }
    }

    @Test func `a notation input is the one text for a descriptor`() throws {
        let good = String(decoding: Workbench.notation().signingInput, as: UTF8.self)
        let parts = good.split(separator: ".").map(String.init)
        func encode(_ json: JSON) -> String { Base64URL.encode(json.canonicalBytes) }
        let header = try JSON.parse(try #require(Base64URL.decode(parts[0])))
        func changed(_ changes: [String: JSON]) -> String {
            encode(.object((header.object ?? [:]).merging(changes) { $1 }))
        }
        let foreign = String(decoding: Workbench.notation(Workbench.foreign).signingInput, as: UTF8.self)
        let wrong = [
            foreign, good + ".", good + "=", parts[0], parts[1] + "." + parts[0],
            changed(["cty": "text/plain"]) + "." + parts[1], changed(["alg": "none"]) + "." + parts[1],
            changed(["io.cncf.notary.signingScheme": "notary.x509.signingAuthority"]) + "." + parts[1],
            changed(["extra": 1]) + "." + parts[1], changed(["crit": []]) + "." + parts[1],
            parts[0] + "." + encode(["targetArtifact": ["digest": JSON(Workbench.subject.description), "mediaType": "x", "size": -1]]),
            parts[0] + "."
                + encode([
                    "targetArtifact": [
                        "annotations": ["a": "b"], "digest": JSON(Workbench.subject.description), "mediaType": "x", "size": 7,
                    ]
                ]),
        ]
        for text in wrong { #expect(refusal(of: .notation(Array(text.utf8))) != nil, "\(text) was signed") }
    }

    @Test func `one message that is refused leaves all unsigned`() throws {
        #expect(throws: SigningError.self) {
            try bench.desk.sign(
                [.simpleSigning(Workbench.simpleSigning), .statement(try Workbench.statement(about: Workbench.foreign))],
                for: Workbench.peer)
        }
        #expect(bench.journal.map { $0["decision"] } == ["refused"])
    }
}
