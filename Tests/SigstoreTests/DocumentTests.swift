// SPDX-License-Identifier: Apache-2.0
import Base
import Sigstore
import Testing

@Suite struct DocumentTests {
    private let digest = Digest.sha256(of: "x")

    @Test func `the pre-authentication encoding is the one of the specification`() {
        // The example of the DSSE protocol document.
        let encoding = Envelope.preAuthenticationEncoding(payloadType: "http://example.com/HelloWorld", payload: Array("hello world".utf8))
        #expect(String(decoding: encoding, as: UTF8.self) == "DSSEv1 29 http://example.com/HelloWorld 11 hello world")
    }

    @Test func `lengths in the pre-authentication encoding count bytes`() {
        let encoding = Envelope.preAuthenticationEncoding(payloadType: "ä", payload: Array("€".utf8))
        #expect(String(decoding: encoding, as: UTF8.self) == "DSSEv1 2 ä 3 €")
    }

    @Test func `the simple signing payload is the one cosign writes`() throws {
        let digest = try #require(Digest(CosignSamples.subject))
        let payload = SimpleSigning(dockerReference: "127.0.0.1:5055/hello", digest: digest)
        #expect(String(decoding: payload.canonicalBytes, as: UTF8.self) == CosignSamples.payload2)
        #expect(try SimpleSigning(reading: payload.canonicalBytes) == payload)
    }

    @Test func `a bundle is written as it is read`() throws {
        let bundle = try SigstoreBundle(reading: Array(CosignSamples.signatureBundle3.utf8))
        #expect(try SigstoreBundle(reading: bundle.canonicalBytes) == bundle)
        let keyed = Envelope(payload: [1], payloadType: "t", signatures: [EnvelopeSignature(signature: [2], keyID: "k")])
        #expect(try Envelope(reading: keyed.canonicalBytes) == keyed)
    }

    @Test(arguments: [
        (#""mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json""#, #""mediaType":"application/vnd.dev.sigstore.bundle.v0.9+json""#),
        (#""mediaType":"#, #""media_type":"#), (#""verificationMaterial":"#, #""extra":1,"verificationMaterial":"#),
        (#""publicKey":{"#, #""publicKey":{"extra":1,"#), (#""publicKey":"#, #""certificate":"#), (#""hint":"#, #""Hint":"#),
        (#""dsseEnvelope":{"#, #""dsseEnvelope":{"extra":1,"#), (#""signatures":[{"#, #""signatures":[{"extra":1,"#),
        (#""signatures":[{"#, #""signatures":[{"sig":"AA=="},{"#), (#""sig":""#, #""sig":"*"#), (#""payload":""#, #""payload":" "#),
        (#"}}"#, #"}"#), (#""dsseEnvelope":"#, #""dsseEnvelope":{},"dsseEnvelope":"#),
    ])
    func `a bundle that is not exactly one is refused`(_ found: String, _ replacement: String) {
        let text = CosignSamples.signatureBundle3.replacing(found, with: replacement)
        #expect(text != CosignSamples.signatureBundle3)
        #expect(throws: SigstoreError.self) { try SigstoreBundle(reading: Array(text.utf8)) }
    }

    @Test func `a statement ignores members it does not know and refuses what is none`() throws {
        let text =
            #"{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"\#(digest.hex)","sha512":"00"},"x":1}],"#
            + #""predicateType":"https://example.com/p","predicate":{"n":null,"a":[1,2.5,true]},"y":{}}"#
        let statement = try Statement(reading: Array(text.utf8))
        #expect(statement.isAbout(digest))
        #expect(!statement.isAbout(Digest.sha256(of: "y")))
        #expect(statement.predicate["a"]?.array?.count == 3)
        for broken in [
            text.replacing("Statement/v1", with: "Statement/v2"), text.replacing(#""predicateType""#, with: #""type""#), "[]", "",
            #"{"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"p","predicate":{}}"#,
        ] { #expect(throws: SigstoreError.self) { try Statement(reading: Array(broken.utf8)) } }
    }

    @Test func `a digest in capitals or of another algorithm is not the subject`() throws {
        for spelling in [#""sha256":"\#(digest.hex.uppercased())""#, #""sha512":"\#(digest.hex)""#] {
            let text =
                #"{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{\#(spelling)}}],"predicateType":"p","predicate":{}}"#
            #expect(try !Statement(reading: Array(text.utf8)).isAbout(digest))
        }
    }

    @Test func `a simple signing payload with a critical member that is not known is refused`() {
        let text = CosignSamples.payload2.replacing(#""critical":{"#, with: #""critical":{"until":1,"#)
        #expect(throws: SigstoreError.unknownMember(kind: "simple signing payload", member: "until")) {
            try SimpleSigning(reading: Array(text.utf8))
        }
    }

    @Test func `provenance leaves out what is not set`() throws {
        let provenance = Provenance(
            buildDefinition: .init(buildType: "https://example.com/build/v1", externalParameters: ["recipe": "python"]),
            runDetails: .init(builder: .init(id: "https://example.com/builder")))
        #expect(
            try provenance.predicate().canonicalText
                == #"{"buildDefinition":{"buildType":"https://example.com/build/v1","externalParameters":{"recipe":"python"}},"#
                + #""runDetails":{"builder":{"id":"https://example.com/builder"}}}"#)
    }

    @Test func `predicate types have short names`() {
        #expect(PredicateType.named("spdx") == PredicateType.spdx)
        #expect(PredicateType.named("https://example.com/x") == "https://example.com/x")
        #expect(PredicateType.named("sbom") == nil)
        #expect(PredicateType.shortName(of: PredicateType.openVEX) == "openvex")
    }
}
