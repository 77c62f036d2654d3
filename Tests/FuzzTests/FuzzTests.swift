// SPDX-License-Identifier: Apache-2.0
import Foundation
import FuzzKit
import Testing

/// Every parser of foreign bytes over its corpus and over the same few thousand damaged inputs in every run.
@Suite struct FuzzTests {
    /// All of them, or the one that ASHLAR_FUZZ_ONLY names, for finding out which of them crashed.
    static let targets = FuzzTarget.all.filter { [nil, $0.name].contains(environment["ASHLAR_FUZZ_ONLY"]) }
    private static let environment = ProcessInfo.processInfo.environment
    /// Any whole number; the same one gives the same inputs. ASHLAR_FUZZ_SEED gives others, ASHLAR_FUZZ_TIMES so many times as many.
    private static let seed = environment["ASHLAR_FUZZ_SEED"].flatMap { UInt64($0) } ?? 42
    private static let times = environment["ASHLAR_FUZZ_TIMES"].flatMap { Int($0) } ?? 1

    @Test(arguments: targets) func `a parser takes or refuses every sample and every damaged one`(_ target: FuzzTarget) throws {
        let samples = try Corpus.samples(of: target.name)
        #expect(samples.contains { $0.name.hasPrefix("good") }, "the corpus of \(target) has no good sample")
        for (name, bytes) in samples {
            do {
                let verdict = try target.run(bytes)
                if name.hasPrefix("good") { #expect(verdict == .accepted, "\(target)/\(name)") }
                if name.hasPrefix("bad") { #expect(verdict != .accepted, "\(target)/\(name)") }
            } catch { Issue.record("\(target)/\(name): \(error)") }
        }
        var mutator = Mutator(seed: Self.seed)
        for round in 0..<target.weight * Self.times {
            let input = mutator.mutate(samples.map(\.bytes))
            do { try target.run(input) } catch {
                Issue.record("\(target), mutation \(round), \(input.prefix(400)): \(error)")
                return
            }
        }
    }

    @Test func `every folder of the corpus belongs to a parser, and every parser has one`() throws {
        #expect(try Corpus.names() == FuzzTarget.all.map(\.name).sorted())
    }

    /// The stored form of a feed is a promise to whoever upgrades: when it changes, its version has to.
    @Test func `the stored samples are what their documents give`() throws {
        for sample in try StoredSamples.all() {
            let file = Corpus.folder.appending(path: "\(sample.target)/\(sample.name)")
            if ProcessInfo.processInfo.environment["ASHLAR_RECORD"] != nil {
                try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(sample.bytes).write(to: file)
            }
            let committed = try? Data(contentsOf: file)
            #expect(committed.map(Array.init) == sample.bytes, "run: ASHLAR_RECORD=1 swift test --filter FuzzTests")
        }
    }
}
