// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Testing

@testable import Artifacts

@Suite struct RecipeSchemaTests {
    static let documents = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs")

    @Test func `the committed schema is the generated one`() throws {
        let file = Self.documents.appending(path: "recipe.schema.json")
        let generated = RecipeSchema.document.prettyBytes
        if ProcessInfo.processInfo.environment["ASHLAR_RECORD"] != nil { try Data(generated).write(to: file) }
        let committed = try [UInt8](Data(contentsOf: file))
        #expect(committed == generated, "run: ASHLAR_RECORD=1 swift test --filter RecipeSchemaTests")
    }

    @Test func `every pattern of the schema compiles`() throws {
        var patterns: [String] = []
        func walk(_ json: JSON) {
            for (key, value) in json.object ?? [:] {
                if key == "pattern", let pattern = value.string { patterns.append(pattern) }
                walk(value)
            }
            for item in json.array ?? [] { walk(item) }
        }
        walk(RecipeSchema.document)
        #expect(patterns.count > 50)
        for pattern in patterns { #expect(throws: Never.self) { _ = try Regex<AnyRegexOutput>(pattern) } }
    }

    @Test func `every key has a description`() {
        for (name, definition) in RecipeSchema.document["$defs"]?.object ?? [:] {
            for (key, property) in definition["properties"]?.object ?? [:] {
                #expect(property["description"]?.string?.isEmpty == false, "\(name).\(key)")
            }
        }
    }

    /// The schema must accept what the reader accepts, and refuse what is wrong about one key.
    @Test func `a JSON Schema validator agrees with the reader`() throws {
        let schemas = [
            "profiles": "profile", "images/python/image": "image", "images/python/3": "recipe", "suites": "suite", "scripts": "scripts",
        ]
        func schema(_ path: String) -> String { schemas.first { path.hasPrefix($0.key) }?.value ?? "recipe" }
        var cases: [JSON] = []
        for (path, text) in Sample.files.sorted(by: { $0.key < $1.key }) where path.hasSuffix(".yaml") {
            cases.append(["name": JSON(path), "schema": JSON(schema(path)), "valid": true, "instance": try Self.json(text)])
        }
        for mistake in Mistake.all where mistake.isSeenBySchema {
            cases.append([
                "name": JSON("\(mistake)"), "schema": JSON(schema(mistake.path)), "valid": false, "instance": try Self.json(mistake.text),
            ])
        }
        let script = """
            import json, sys
            try:
                import jsonschema
            except ImportError:
                print("NO VALIDATOR"); sys.exit(0)
            given = json.load(sys.stdin)
            jsonschema.Draft202012Validator.check_schema(given["schema"])
            for case in given["cases"]:
                part = {"$schema": given["schema"]["$schema"], "$defs": given["schema"]["$defs"], "$ref": "#/$defs/" + case["schema"]}
                errors = [e.message[:200] for e in jsonschema.Draft202012Validator(part).iter_errors(case["instance"])]
                if bool(errors) == case["valid"]:
                    print(case["name"], "expected valid" if case["valid"] else "expected invalid", errors[:3])
            """
        let input = JSON.object(["schema": RecipeSchema.document, "cases": .array(cases)]).canonicalBytes
        guard let output = try Self.python(script, input: input), !output.contains("NO VALIDATOR") else {
            print("SKIPPED: the Python package jsonschema is not installed; the schema was not tried against a validator")
            return
        }
        #expect(output.isEmpty, "\(output)")
        #expect(cases.count > 20)
    }

    private static func json(_ text: String) throws -> JSON { json(try YAMLDocument.parse(Array(text.utf8), file: "sample.yaml")) }
    static func json(_ node: YAMLNode) -> JSON {
        switch node.kind {
        case .null: .null
        case .boolean: .bool(node.text == "true")
        case .integer: Int64(node.text).map { .int($0) } ?? .number(Double(node.text) ?? 0)
        case .number: .number(Double(node.text) ?? 0)
        case .text: .string(node.text)
        case .list: .array(node.items.map(json))
        case .map: .object(Dictionary(node.pairs.map { ($0.key, json($0.value)) }, uniquingKeysWith: { $1 }))
        }
    }

    /// What the script prints; nil when there is no Python.
    static func python(_ script: String, input: [UInt8]) throws -> String? {
        let finder = "/usr/bin/env"
        guard FileManager.default.isExecutableFile(atPath: finder) else { return nil }
        // The input goes through a file: a pipe written and read by one thread can block for ever.
        let file = FileManager.default.temporaryDirectory.appending(path: "ashlar-schema-\(UUID().uuidString).json")
        try Data(input).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: finder)
        let validators = ProcessInfo.processInfo.environment["ASHLAR_VALIDATORS"].map { $0 + "/bin/python" }
        process.arguments = [validators ?? "python3", "-W", "ignore", "-c", script]
        let output = Pipe()
        process.standardInput = try FileHandle(forReadingFrom: file)
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        // env(1): 127 when the program was not found.
        return process.terminationStatus == 127 ? nil : text
    }
}
