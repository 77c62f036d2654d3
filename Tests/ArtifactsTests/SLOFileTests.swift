// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Testing

@testable import Artifacts

private func policy(_ text: String) throws -> SLOPolicy { try RecipeLoader(CatalogFiles(["slo.yaml": Array(text.utf8)])).slo() }

@Suite struct SLOFileTests {
    @Test func `without a file the default holds, and says so`() throws {
        let standard = try RecipeLoader(CatalogFiles([:])).slo()
        #expect(standard == .standard)
        #expect(standard.origin.contains("there is no slo.yaml"))
    }

    @Test(arguments: SLOPolicy.presets.map(\.name)) func `a preset is taken as it is`(name: String) throws {
        let preset = try #require(SLOPolicy.presets.first { $0.name == name })
        let read = try policy("preset: \(name)")
        #expect(read.days == preset.days)
        #expect(read.start == preset.start)
        #expect(read.exploited == preset.exploited)
        #expect(read.basis == name)
        #expect(read.origin == "catalog/slo.yaml")
    }

    @Test func `own limits go before those of a preset and stand alone without one`() throws {
        let both = try policy("{preset: fedramp, days: {critical: 15}, from: fix}")
        #expect(both.days == ["critical": 15, "high": 30, "medium": 90, "low": 180, "unknown": 30])
        #expect(both.start == .fix)
        #expect(both.basis == "fedramp and own")
        let own = try policy("{days: {critical: 1}, exploited: {days: 1, due-date: true}}")
        #expect(own.days == ["critical": 1])
        #expect(own.exploited == .init(days: 1, dueDate: true))
        #expect(own.basis == "own")
        #expect(try policy("from: disclosed").days == SLOPolicy.standard.days)
    }

    @Test(arguments: [
        ("{}", "expected preset, from, days or exploited"), ("preset: fedrampp", "write fedramp"), ("from: fixed", "write fix"),
        ("days: {hihg: 3}", "write high"), ("days: {high: -1}", "expected a whole number"), ("dayz: {high: 1}", "write days"),
        ("exploited: {due-date: yess}", "exploited.due-date"), ("exploited: {dais: 3}", "write days"),
    ])
    func `a mistake is told with its place and a remedy`(text: String, says: String) throws {
        let error = try #require(throws: Diagnoses.self) { try policy(text) }
        let told = error.all.map(\.rendered).joined(separator: "\n")
        #expect(told.contains(says), "\(told)")
        #expect(told.contains("slo.yaml:1:"), "\(told)")
    }
}

@Suite struct RemediationSchemaTests {
    private static let all: [(name: String, make: @Sendable () throws -> JSON)] = [
        ("slo.schema.json", { SLOSchema.document }), ("slo-report.schema.json", { try RemediationSchema.sloReport() }),
        ("build-changelog.schema.json", { try RemediationSchema.changelog() }),
        ("blast-report.schema.json", { try RemediationSchema.blast() }),
    ]

    @Test func `the committed schemas are the generated ones`() throws {
        for (name, make) in Self.all {
            let file = RecipeSchemaTests.documents.appending(path: name)
            let schema = try make()
            if ProcessInfo.processInfo.environment["ASHLAR_RECORD"] != nil { try Data(schema.prettyBytes).write(to: file) }
            #expect(
                try [UInt8](Data(contentsOf: file)) == schema.prettyBytes,
                "\(name): run ASHLAR_RECORD=1 swift test --filter RemediationSchemaTests")
        }
    }

    @Test func `every key has a description, and every description a key`() throws {
        var described: Set<String> = []
        for (_, make) in Self.all {
            for (name, definition) in try make()["$defs"]?.object ?? [:] {
                for (key, property) in definition["properties"]?.object ?? [:] {
                    #expect(property["description"]?.string?.isEmpty == false, "\(name).\(key)")
                    described.insert("\(name).\(key)")
                }
            }
        }
        for key in RemediationSchema.descriptions.keys { #expect(described.contains(key), "\(key) describes nothing") }
    }
}
