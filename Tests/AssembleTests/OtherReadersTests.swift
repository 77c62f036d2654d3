// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Foundation
import TestKit
import Testing

/// Layers read by programs that are not ours, where they are installed.
struct OtherReadersTests {
    @Test(arguments: [(Compression.gzip, "gzip"), (.zstd, "zstd")])
    func `tar and the compressor's own program accept joined members`(_ compression: Compression, _ program: String) async throws {
        guard let tool = Self.find(program), let tar = Self.find("tar") else { return }
        var bench = Bench(recipe: Bench.recipe(layers: ["profile:base", "image"]))
        bench.recipe.compression = compression
        let image = try await bench.assemble([.program("base", layer: "profile:base"), .program("one"), .program("two")])
        for layer in try bench.layers(image.platforms[0]) {
            #expect(try Self.run(tool, ["-t"], layer.blob).status == 0)
            let listing = try Self.run(tar, ["-t", "-f", "-"], layer.tar)
            #expect(listing.status == 0)
            let expected = layer.entries.map { $0.kind == .directory ? $0.path + "/" : $0.path }
            #expect(listing.output.split(separator: "\n").map(String.init) == expected)
        }
    }

    static func find(_ program: String) -> String? {
        ["/usr/bin/", "/bin/"].map { $0 + program }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static func run(_ program: String, _ arguments: [String], _ input: [UInt8]) throws -> (status: Int32, output: String) {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("ashlar-\(UUID().uuidString)")
        try Data(input).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: file)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
    }
}
