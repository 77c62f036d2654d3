// SPDX-License-Identifier: Apache-2.0
import Base
import Crypto
import Testing

@testable import Artifacts

/// `vex-sources.yaml`.
@Suite struct VEXSourceTests {
    private func load(_ text: String, key: String? = nil) throws -> [VEXSource] {
        var files = ["vex-sources.yaml": Array(text.utf8)]
        files["vex/red-hat.pub"] = Array((key ?? P256.Signing.PrivateKey().publicKey.pemRepresentation).utf8)
        return try RecipeLoader(CatalogFiles(files)).vexSources()
    }

    @Test func `a source says who, from where, and why it is believed`() throws {
        let sources = try load(
            """
            sources:
              - name: red-hat
                address: https://vex.example/.well-known/vex-repository.json
                key: vex/red-hat.pub
                authors: [Red Hat Product Security]
              - name: hand
                unsigned: they are brought on a disk that we sealed
                authors: [Ada, Bob]
                max-age-days: 7
            """)
        #expect(sources.map(\.name) == ["red-hat", "hand"] && sources.map(\.maximumAgeDays) == [30, 7])
        #expect(sources[0].key != nil && sources[0].statements.trust == .signed && sources[1].address == nil)
        #expect(sources[1].statements.trust == .unsigned(because: "they are brought on a disk that we sealed"))
        #expect(try RecipeLoader(CatalogFiles([:])).vexSources().isEmpty)
    }

    @Test(arguments: [
        "sources: [{name: a, authors: [A]}]", "sources: [{name: a, authors: [A], key: vex/red-hat.pub, unsigned: because}]",
        "sources: [{name: a, authors: [A], unsigned: because, signature: \"https://a.example/s\"}]",
        "sources: [{name: a, unsigned: because}]",
        "sources: [{name: a, authors: [], unsigned: because}]", "sources: [{name: a, authors: [A], key: vex/none.pub}]",
        "sources: [{name: a, authors: [A], unsigned: x, address: \"http://a.example/v\"}]",
        "sources: [{name: A, authors: [A], unsigned: x}]",
        "sources: [{name: a, authors: [A], unsigned: x}, {name: a, authors: [A], unsigned: x}]", "sources: []",
    ]) func `what says too little or contradicts itself is refused`(text: String) {
        #expect(throws: Diagnoses.self) { try load(text) }
    }

    @Test func `a key that is none is refused where it is named`() throws {
        let refusal = #expect(throws: Diagnoses.self) {
            try load("sources: [{name: a, authors: [A], key: vex/red-hat.pub}]", key: "-----BEGIN PUBLIC KEY-----\nAAAA\n")
        }
        #expect(refusal?.diagnosis.summary.contains("vex-sources.yaml") == true)
    }
}
