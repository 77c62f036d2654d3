// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Describe
import Foundation
import OCI
import SBOM
import Testing

/// Lets the reference implementations of SPDX and CycloneDX judge the documents: `ASHLAR_VALIDATORS=<folder> swift test`.
@Suite struct ValidatorTests {
    @Test func `the reference validators accept every document`() throws {
        guard let work = ProcessInfo.processInfo.environment["ASHLAR_VALIDATORS"] else {
            print("SKIPPED: SBOM documents were not validated; set ASHLAR_VALIDATORS to a folder for the validators' Python environment")
            return
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "ashlar-sbom-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var files: [String] = []
        for (name, platform) in [("amd64", Platform.amd64), ("arm64", .arm64), ("index", nil)] {
            let spdx = try #require(DescriberTests.inventory.spdx(for: platform)?.bytes)
            let cyclonedx = try #require(DescriberTests.inventory.cyclonedx(for: platform)?.bytes)
            for (suffix, bytes) in [("spdx.json", spdx), ("cdx.json", cyclonedx)] {
                let file = folder.appendingPathComponent("\(name).\(suffix)")
                try Data(bytes).write(to: file)
                files.append(file.path)
            }
        }
        let process = Process()
        process.executableURL =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../scripts/validate-sbom").standardizedFileURL
        process.arguments = [work] + files
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "a document is invalid; see the lines above")
    }
}
