// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Testing

@testable import VEX

/// What is written held against the official schemas, where they are installed.
@Suite struct OfficialSchemaTests {
    @Test func `CSAF and CycloneDX documents are valid by the official schemas`() throws {
        guard let folder = ProcessInfo.processInfo.environment["ASHLAR_VALIDATORS"] else {
            print("SKIPPED: OfficialSchemaTests: ASHLAR_VALIDATORS names no folder; run scripts/validate-vex FOLDER")
            return
        }
        let work = FileManager.default.temporaryDirectory.appending(path: "ashlar-vex-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: work) }
        let links = CycloneDXVEX.json(
            Sample.document, serial: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79", toolVersion: "1"
        ) { product, part in "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b7a/1#\(part ?? product)" }
        let provider = CSAFProvider(publisher: Sample.publisher, address: "https://example.org/.well-known/csaf/provider-metadata.json")
        let documents = [
            "example-vex-1.json": CSAFTests.bytes, "cyclonedx.json": links.canonicalBytes, "openvex.json": OpenVEX.bytes(Sample.document),
            "provider-metadata.json": provider.metadata(updated: Sample.time).canonicalBytes,
        ]
        var paths: [String] = []
        for (name, bytes) in documents.sorted(by: { $0.key < $1.key }) {
            let file = work.appending(path: name)
            try Data(bytes).write(to: file)
            paths.append(file.path)
        }
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "scripts/validate-vex")
        let process = Process()
        process.executableURL = script
        process.arguments = [folder] + paths
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        if process.terminationStatus == 2 {
            print("SKIPPED: OfficialSchemaTests: the validators could not be installed: \(output)")
            return
        }
        #expect(process.terminationStatus == 0, "\(output)")
    }
}
