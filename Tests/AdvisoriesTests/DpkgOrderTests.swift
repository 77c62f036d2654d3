// SPDX-License-Identifier: Apache-2.0
import Debian
import Foundation
import Testing

private let samples = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Samples")

/// Numbers that are the same in every run.
private struct Sequence64: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}

/// dpkg's own code over many pairs at once: a driver in C, linked with libdpkg, since a process for each pair would take minutes.
@Suite struct DpkgOrderTests {
    @Test func `the order of 130000 pairs is dpkg's own`() throws {
        let driver = FileManager.default.temporaryDirectory.appending(path: "dpkg-order-\(getpid())")
        defer { try? FileManager.default.removeItem(at: driver) }
        guard
            Self.run("/usr/bin/cc", ["-w", samples.appending(path: "dpkg-order.c").path, "-o", driver.path, "-ldpkg"]) != nil,
            FileManager.default.isExecutableFile(atPath: driver.path)
        else {
            print("SKIPPED: the order of versions against dpkg: needs cc and libdpkg-dev")
            return
        }
        let pairs = Self.pairs()
        let input = pairs.map { "\($0.0)\t\($0.1)\n" }.joined()
        let output = try #require(Self.run(driver.path, [], input: input)).split(separator: "\n")
        #expect(output.count == pairs.count)
        var different: [String] = []
        var compared = 0
        for (pair, said) in zip(pairs, output) {
            let ours: String
            if let a = try? DebianVersion(pair.0), let b = try? DebianVersion(pair.1) {
                let order = DebianVersion.compare(a, b)
                ours = order < 0 ? "<" : order > 0 ? ">" : "="
                compared += 1
            } else {
                // Policy allows less than dpkg compares with a warning.
                continue
            }
            if ours != said { different.append("\(pair.0) \(pair.1): dpkg \(said), here \(ours)") }
        }
        #expect(compared >= 130_000)
        #expect(different.isEmpty, "\(different.count): \(different.prefix(10))")
    }

    private static func pairs() -> [(String, String)] {
        var random = Sequence64(state: 20_261_124)
        let real =
            (try? String(contentsOf: samples.appending(path: "versions.txt"), encoding: .utf8))?
            .split(separator: "\n").map(String.init) ?? []
        var pairs: [(String, String)] = []
        // Versions of the archives, near and far.
        for (index, version) in real.enumerated() {
            for step in [1, 2, 3, 7, 50] where index + step < real.count { pairs.append((version, real[index + step])) }
        }
        let pieces = [
            "0", "00", "1", "9", "10", "010", "a", "z", "A", "~", "~~", "+", ".", "-", ":", "rc", "~rc", "+b1", "+deb13u1", "dfsg",
        ]
        func generated() -> String {
            var text = Int.random(in: 0..<4, using: &random) == 0 ? "\(Int.random(in: 0..<3, using: &random)):" : ""
            if Int.random(in: 0..<8, using: &random) > 0 { text += "\(Int.random(in: 0..<12, using: &random))" }
            for _ in 0..<Int.random(in: 0..<6, using: &random) { text += pieces.randomElement(using: &random) ?? "" }
            return text
        }
        while pairs.count < 160_000 { pairs.append((generated(), generated())) }
        // Nearly equal ones: one piece more, less or other.
        while pairs.count < 220_000 {
            let base = real.randomElement(using: &random) ?? generated()
            var other = base
            let place = other.index(other.startIndex, offsetBy: Int.random(in: 0...other.count, using: &random))
            other.insert(contentsOf: pieces.randomElement(using: &random) ?? "", at: place)
            pairs.append(Bool.random(using: &random) ? (base, other) : (other, base))
        }
        return pairs
    }

    /// The output of a program; nil when it cannot be run or fails.
    private static func run(_ program: String, _ arguments: [String], input: String = "") -> String? {
        guard FileManager.default.isExecutableFile(atPath: program) else { return nil }
        let folder = FileManager.default.temporaryDirectory
        let files = ["in", "out"].map { folder.appending(path: "dpkg-order-\(getpid()).\($0)") }
        defer { for file in files { try? FileManager.default.removeItem(at: file) } }
        do {
            try Data(input.utf8).write(to: files[0])
            try Data().write(to: files[1])
            let process = Process()
            process.executableURL = URL(filePath: program)
            process.arguments = arguments
            process.standardInput = try FileHandle(forReadingFrom: files[0])
            process.standardOutput = try FileHandle(forWritingTo: files[1])
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { return nil }
            return try String(contentsOf: files[1], encoding: .utf8)
        } catch { return nil }
    }
}
