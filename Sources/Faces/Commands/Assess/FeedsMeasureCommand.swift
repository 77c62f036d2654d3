// SPDX-License-Identifier: Apache-2.0
import Advisories
import ArgumentParser
import Artifacts
import Assess
import Base
import Blobs
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

    func run() throws {
        let clock = ContinuousClock()
        let file = try MappedFile(path: tracker)
        var bytes: [UInt8] = []
        let building = try clock.measure { bytes = try file.withUnsafeBytes { try TrackerIndexBuilder.build($0) } }
        let peak = Self.peak()
        let copy = NSTemporaryDirectory() + "/ashlar-measure-\(getpid())"
        try Data(bytes).write(to: URL(filePath: copy))
        defer { unlink(copy) }
        var opened: TrackerIndex?
        let opening = try clock.measure {
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
        let matching = clock.measure {
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
        var holdings = Holdings()
        for (image, places) in chosen.enumerated() { holdings.add("\(image)", places.map { all[$0] }) }
        let set = AdvisorySet(tracker: index)
        let names = stride(from: 0, to: index.rowCount, by: max(1, index.rowCount / 500)).compactMap { index.entry(ofRow: $0)?.advisory }
        var touched = 0
        var slowest = Duration.zero
        let asking = clock.measure {
            for name in names {
                let time = clock.measure { touched += holdings.images(touchedBy: name, in: set).count }
                slowest = max(slowest, time)
            }
        }
        let json: JSON = [
            "bytes": JSON(file.count), "indexBytes": JSON(bytes.count), "rows": JSON(index.rowCount),
            "build": .number(Self.seconds(building)),
            "peakMiB": JSON(peak), "open": .number(Self.seconds(opening)), "images": JSON(images), "match": .number(Self.seconds(matching)),
            "findings": JSON(findings), "asked": JSON(names.count), "ask": .number(Self.seconds(asking) / Double(max(names.count, 1))),
            "slowestAsk": .number(Self.seconds(slowest)), "touched": JSON(touched),
        ]
        print(json.canonicalText)
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
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
