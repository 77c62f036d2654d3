// SPDX-License-Identifier: Apache-2.0
import Foundation
import FuzzKit
import Testing

/// Every parser of foreign bytes over its corpus and over the same few thousand damaged inputs in every run.
@Suite struct FuzzTests {
    /// All of them, or the one that ASHLAR_FUZZ_ONLY names, for finding out which of them crashed.
    static let targets = FuzzTarget.all.filter { [nil, $0.name].contains(ProcessInfo.processInfo.environment["ASHLAR_FUZZ_ONLY"]) }

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
        // Any whole number; the same one gives the same inputs.
        var mutator = Mutator(seed: 42)
        for round in 0..<target.weight {
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
