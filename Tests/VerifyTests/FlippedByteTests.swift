// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import Blobs
import Foundation
import OCI
import Pipeline
import Records
import Sigstore
import Testing

/// Any one byte that changes in any blob of a release is found and named, and nothing crashes.
@Suite struct FlippedByteTests {
    private static let seed: UInt64 = 20_261_124

    private static func flip(_ bytes: inout [UInt8], _ generator: inout SplitMix) {
        guard !bytes.isEmpty else { return }
        let position = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[position] ^= UInt8.random(in: 1...255, using: &generator)
    }

    @Test func `in a layout, whichever byte it is`() async throws {
        let layout = try await MemoryLayout([SampleRelease().make()])
        #expect(try await verify(layout).isTrusted)
        var generator = SplitMix(state: Self.seed)
        // Every blob at least once, then any.
        let paths = layout.blobPaths
        for round in 0..<(paths.count + 150) {
            let path = round < paths.count ? paths[round] : paths[Int.random(in: 0..<paths.count, using: &generator)]
            var copy = layout
            copy.files[path].map { bytes in
                var bytes = bytes
                Self.flip(&bytes, &generator)
                copy.files[path] = bytes
            }
            let report = try await verify(copy)
            #expect(!report.isTrusted, "round \(round): a flipped byte in \(path) was not found")
            #expect(report.reasons.contains { $0.contains(path.suffix(64)) }, "round \(round): \(path) is not named in \(report.reasons)")
        }
    }

    @Test func `in the list of a layout, which nothing signs: refused or the same image`() async throws {
        let layout = try await MemoryLayout([SampleRelease().make()])
        let index = try #require(try await verify(layout).index)
        var generator = SplitMix(state: Self.seed)
        for _ in 0..<150 {
            var copy = layout
            if var bytes = copy.files[OCILayout.indexPath] {
                Self.flip(&bytes, &generator)
                copy.files[OCILayout.indexPath] = bytes
            }
            do {
                let report = try await verify(copy)
                #expect(!report.isTrusted || report.index == index)
            } catch let error as any Diagnosable { #expect(!error.diagnosis.summary.isEmpty) }
        }
    }

    @Test func `in the store`() async throws {
        let store = try SampleStore()
        let release = try await SampleRelease().make()
        try store.publish(release)
        #expect(try await store.verify("3.13").isTrusted)
        var generator = SplitMix(state: Self.seed)
        for content in release.contents.sorted(by: { $0.digest < $1.digest }) where !content.bytes.isEmpty {
            var bytes = content.bytes
            Self.flip(&bytes, &generator)
            try store.overwrite(content.digest, with: bytes)
            let report = try await store.verify("3.13")
            #expect(!report.isTrusted, "a flipped byte in \(content.digest) was not found")
            #expect(report.reasons.contains { $0.contains(content.digest.hex) }, "\(content.digest) is not named in \(report.reasons)")
            try store.overwrite(content.digest, with: content.bytes)
        }
        #expect(try await store.verify("3.13").isTrusted)
    }

    @Test func `without blobs what the evidence does not hold is not looked at, and the report says so`() async throws {
        let release = try await SampleRelease().make()
        var layout = try MemoryLayout([release])
        let layer = release.image.platforms[0].layers[0].descriptor.digest
        layout[layer] = [0]
        let report = try await verify(layout, "3.13", .sample { $0.contents = .notRead })
        #expect(report.isTrusted)
        #expect(report.release.contains { $0.name == "content" && $0.outcome == .skipped })
        #expect(try await !verify(layout).isTrusted)
    }
}

/// A store on disk, for as long as the value lives.
final class SampleStore {
    let folder: String
    let blobs: FileBlobStore
    let records: RecordStore
    private let repository: String

    init(repository: String = "python") throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "ashlar-verify-\(UUID().uuidString)").path
        blobs = try FileBlobStore(folder: folder)
        records = try RecordStore(folder: folder)
        self.repository = repository
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func publish(_ release: SampleRelease.Made) throws {
        for content in release.contents { try blobs.write(content.bytes) }
        try blobs.flush()
        try records.apply(release.publication)
    }

    func overwrite(_ digest: Digest, with bytes: [UInt8]) throws {
        let path = try blobs.path(of: digest)
        try FileManager.default.removeItem(atPath: path)
        try Data(bytes).write(to: URL(filePath: path))
    }

    var local: LocalRepository { LocalRepository(repository, blobs: blobs, records: records) }

    func verify(_ reference: String, _ policy: VerificationPolicy? = nil) async throws -> VerificationReport {
        try await Verifier(policy: policy ?? .sample()).report(on: reference, in: local)
    }
}
