// SPDX-License-Identifier: Apache-2.0
import Advisories
import ArgumentParser
import Artifacts
import Assess
import Base
import Blobs
import Debian
import Foundation
import Pipeline

/// What indexing and matching cost on this machine; `benchmarks/match` puts it beside its floor.
struct FeedsMeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Measures indexing a tracker's JSON and matching random images against it.", shouldDisplay: false)
    @Argument(help: "The tracker's JSON.") var tracker: String
    @Argument(help: "A Packages file.") var packages: String
    @Option(help: "The release to match in.") var release = "trixie"
    @Option(help: "Images of 400 packages.") var images = 10_000
    @Option(help: "Images whose findings are held against a slow reading of the same text.") var reference = 0
    @Option(help: "Writes what a lookup should give: an advisory and the number of an image a line.") var pairs: String?

    func run() throws {
        let file = try MappedFile(path: tracker)
        var bytes: [UInt8] = []
        let building = try ProcessorClock.measure { bytes = try file.withUnsafeBytes { try TrackerIndexBuilder.build($0) } }
        let peak = Self.peak()
        let copy = NSTemporaryDirectory() + "/ashlar-measure-\(getpid())"
        try Data(bytes).write(to: URL(filePath: copy))
        defer { unlink(copy) }
        var opened: TrackerIndex?
        let opening = try ProcessorClock.measure {
            let mapped = try MappedFile(path: copy)
            opened = try TrackerIndex(mapped: mapped.bytes, owner: mapped)
        }
        guard let index = opened, let number = index.release(named: release) else { throw FeedError.unknown(release, nearest: nil) }
        guard let data = FileManager.default.contents(atPath: packages) else {
            throw FeedError.cannotRead(path: packages, reason: "it is not there")
        }
        let all = try PackageList.components(Array(data), named: packages, release: release)
        var random = Numbers(state: 7)
        let chosen = (0..<images).map { _ in (0..<400).map { _ in Int.random(in: 0..<all.count, using: &random) } }
        let sources = all.map { (Array($0.source.name.utf8), Array($0.source.version.utf8)) }
        var findings = 0
        let matching = ProcessorClock.measure {
            for image in chosen {
                for place in image {
                    sources[place].0.withUnsafeBytes { name in
                        sources[place].1.withUnsafeBytes { version in
                            // Each finding is visited, as whoever writes them down would.
                            index.forEachGroup(name, release: number, version: version) { affected, _ in
                                for row in affected { findings &+= row == Int.max ? 0 : 1 }
                            }
                        }
                    }
                }
            }
        }
        let store = NSTemporaryDirectory() + "/ashlar-measure-\(getpid())-store"
        defer { try? FileManager.default.removeItem(atPath: store) }
        let lookup = try Lookup(store: store, packages: all, chosen: chosen, index: index, pairs: pairs)
        let reference = reference > 0 ? try Self.compare(tracker, index, number, release, all, chosen.prefix(reference)) : nil
        let json: JSON = [
            "bytes": JSON(file.count), "indexBytes": JSON(bytes.count), "rows": JSON(index.rowCount),
            "build": .number(building),
            "peakMiB": JSON(peak), "open": .number(opening), "images": JSON(images), "match": .number(matching),
            "findings": JSON(findings), "lookup": lookup.json,
            "reference": reference.map {
                ["images": JSON(min(self.reference, images)), "findings": JSON($0.findings), "equal": .bool($0.isEqual)]
            }
                ?? .null,
        ]
        print(json.canonicalText)
    }

    /// Every record of every package, one after the other, as it stands in the text.
    private static func compare(
        _ path: String, _ index: TrackerIndex, _ number: Int, _ release: String, _ all: [InstalledPackage], _ images: ArraySlice<[Int]>
    ) throws -> (findings: Int, isEqual: Bool) {
        guard let data = FileManager.default.contents(atPath: path), let sources = try JSON.parse(Array(data), limit: 1 << 30).object else {
            throw FeedError.cannotRead(path: path, reason: "it is no object")
        }
        var findings = 0
        var isEqual = true
        for image in images {
            for package in image.map({ all[$0] }) {
                let installed = try DebianVersion(package.source.version)
                let expected = (sources[package.source.name]?.object ?? [:]).filter { _, record in
                    guard let row = record["releases"]?[release] else { return false }
                    guard row["status"] == "resolved" else { return row["status"] == "open" }
                    return row["fixed_version"]?.string.flatMap { try? DebianVersion($0) }.map { installed < $0 } ?? true
                }
                let found = index.match(source: package.source.name, version: package.source.version, release: number).affected.joined()
                    .compactMap { index.entry(ofRow: $0)?.advisory }
                findings += found.count
                if Set(found) != Set(expected.keys) || found.count != expected.count { isEqual = false }
            }
        }
        return (findings, isEqual)
    }

    private static func peak() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0) / 1024
    }

    private struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 31
        }
    }
}

/// Time that this process had a processor for, on all of its threads: what else the machine does is left out.
enum ProcessorClock {
    static func measure(_ body: () throws -> Void) rethrows -> Double {
        let start = now
        try body()
        return now - start
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
