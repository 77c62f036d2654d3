// SPDX-License-Identifier: Apache-2.0
import Base
import OCI
import Records
import Testing
import Transport

@testable import Pipeline

private let day = 86400
private func layer(of text: String) -> [UInt8] { Array("layer of \(text)".utf8) }

@Suite struct QuarantineTests {
    private func bench() throws -> MirrorBench { try MirrorBench { $0.quarantine = 7 * day } }

    private func isQuarantined(_ work: () async throws -> Void) async -> MirrorQuarantine? {
        do { try await work() } catch MirrorRefusal.quarantined(let quarantine) { return quarantine } catch {}
        return nil
    }

    @Test func `new content is refused with its dates until its time has come`() async throws {
        let bench = try bench()
        let manifest = bench.offer("one")
        let first = bench.now
        let refused = try #require(await isQuarantined { _ = try await bench.pull() })
        #expect(refused.digest == .sha256(of: manifest))
        #expect(refused.seen == first)
        #expect(refused.until.seconds == first.seconds + 7 * day)
        #expect(refused.created == "2026-01-02T03:04:05Z", "what it says about itself is told, and decides nothing")
        #expect(await isQuarantined { _ = try await bench.mirror.manifest(.sha256(of: manifest), in: MirrorBench.repository) } != nil)
        #expect(await isQuarantined { _ = try await bench.pull(blob: layer(of: "one")) } != nil)
        bench.pass(7 * day - 1)
        #expect(await isQuarantined { _ = try await bench.pull() } != nil)
        bench.pass(1)
        #expect(try await bench.pull().digest == .sha256(of: manifest))
        #expect(try await bench.pull(blob: layer(of: "one")) == .here)
    }

    @Test func `what the tag led to before is served meanwhile`() async throws {
        let bench = try bench()
        let old = bench.offer("one")
        _ = await isQuarantined { _ = try await bench.pull() }
        bench.pass(8 * day)
        _ = try await bench.pull()
        let new = bench.offer("two")
        bench.pass(3600)
        let answer = try await bench.pull()
        #expect(answer.digest == .sha256(of: old))
        #expect(answer.warning?.contains(Digest.sha256(of: new).description) == true)
        #expect(try await bench.pull(blob: layer(of: "one")) == .here)
        #expect(await isQuarantined { _ = try await bench.pull(blob: layer(of: "two")) } != nil)
        bench.pass(8 * day)
        #expect(try await bench.pull().digest == .sha256(of: new))
    }

    @Test func `an administrator lets an index go with what it lists`() async throws {
        let bench = try bench()
        let child = bench.offer("one", tag: "child")
        let index = MirrorImage.index(of: [child])
        bench.upstream.add(manifest: index, type: MediaType.index, to: MirrorBench.name, tags: ["1"])
        _ = await isQuarantined { _ = try await bench.pull() }
        #expect(await isQuarantined { _ = try await bench.mirror.manifest(.sha256(of: child), in: MirrorBench.repository) } != nil)
        let entries = try bench.records.mirroredEntries()
        #expect(entries.map(\.content.digest) == [.sha256(of: index)], "what an index lists is no entry of its own")
        #expect(entries.first?.tags == ["1"])
        #expect(try bench.records.release(mirrored: .sha256(of: index), in: MirrorBench.repository, at: bench.now) >= 2)
        #expect(try await bench.pull().digest == .sha256(of: index))
        _ = try await bench.mirror.manifest(.sha256(of: child), in: MirrorBench.repository)
        #expect(try await bench.pull(blob: layer(of: "one")) == .here)
        #expect(try bench.records.release(mirrored: .sha256(of: "never"), in: MirrorBench.repository, at: bench.now) == 0)
    }

    @Test func `what an index lists is as old as the index`() async throws {
        let bench = try bench()
        let child = bench.offer("one", tag: "child")
        bench.upstream.add(manifest: MirrorImage.index(of: [child]), type: MediaType.index, to: MirrorBench.name, tags: ["1"])
        _ = await isQuarantined { _ = try await bench.pull() }
        bench.pass(8 * day)
        _ = try await bench.pull()
        // It is asked for now for the first time.
        _ = try await bench.mirror.manifest(.sha256(of: child), in: MirrorBench.repository)
    }

    @Test func `evidence about an image that may be pulled does not wait, an image that calls itself evidence does`() async throws {
        let bench = try bench()
        let image = bench.offer("one")
        let digest = Digest.sha256(of: image)
        _ = await isQuarantined { _ = try await bench.pull() }
        bench.pass(8 * day)
        _ = try await bench.pull()

        let payload = Array("signature".utf8)
        let signature = MirrorImage.manifest(layers: [payload], layerType: MediaType.simpleSigning)
        bench.upstream.add(blob: payload, to: MirrorBench.name)
        bench.upstream.add(manifest: signature, to: MirrorBench.name, tags: ["sha256-\(digest.hex).sig"])
        #expect(try await bench.pull(tag: "sha256-\(digest.hex).sig").digest == .sha256(of: signature))
        #expect(try await bench.pull(blob: payload) == .here)

        let about = MirrorImage.descriptor(image, MediaType.manifest)
        let bundle = MirrorImage.manifest(layers: [payload], layerType: MediaType.sigstoreBundle, subject: about)
        bench.upstream.add(manifest: bundle, to: MirrorBench.name)
        _ = try await bench.mirror.manifest(.sha256(of: bundle), in: MirrorBench.repository)

        // A file system is none, whatever it is attached to and however it is tagged.
        let trojan = MirrorImage.manifest(layers: [Array("trojan".utf8)], subject: about)
        bench.upstream.add(manifest: trojan, to: MirrorBench.name, tags: ["sha256-\(digest.hex).att"])
        #expect(await isQuarantined { _ = try await bench.pull(tag: "sha256-\(digest.hex).att") } != nil)
        #expect(await isQuarantined { _ = try await bench.mirror.manifest(.sha256(of: trojan), in: MirrorBench.repository) } != nil)
        // Nor is evidence about what waits itself.
        let other = MirrorImage.manifest(layers: [payload], layerType: MediaType.simpleSigning, annotations: ["a": "b"])
        let unseen = Digest.sha256(of: "unseen")
        bench.upstream.add(manifest: other, to: MirrorBench.name, tags: ["sha256-\(unseen.hex).sig"])
        #expect(await isQuarantined { _ = try await bench.pull(tag: "sha256-\(unseen.hex).sig") } != nil)
    }

    @Test func `a clock that goes back makes nothing older`() async throws {
        let bench = try bench()
        bench.offer("one")
        _ = await isQuarantined { _ = try await bench.pull() }
        bench.pass(-30 * day)
        #expect(await isQuarantined { _ = try await bench.pull() } != nil)
    }

    @Test func `referrers come from the interface, or from the tag that stands in for it`() async throws {
        let bench = try MirrorBench()
        let image = bench.offer("one")
        let digest = Digest.sha256(of: image)
        let list = MirrorImage.index(of: [MirrorImage.manifest(layers: [], annotations: ["n": "1"])])
        bench.upstream.add(manifest: list, type: MediaType.index, to: MirrorBench.name, tags: ["sha256-\(digest.hex)"])
        #expect(try await bench.mirror.referrers(of: digest, in: MirrorBench.repository).elements.count == 1)
        bench.pass(3600)
        let two = MirrorImage.index(of: [
            MirrorImage.manifest(layers: [], annotations: ["n": "1"]), MirrorImage.manifest(layers: [], annotations: ["n": "2"]),
        ])
        bench.upstream.set { $0.replies["library/app/referrers/\(digest)"] = .init(body: two) }
        #expect(try await bench.mirror.referrers(of: digest, in: MirrorBench.repository).elements.count == 2)
        bench.upstream.set { $0.failure = .unreachable(host: "registry.example", reason: "gone") }
        bench.pass(3600)
        let late = try await bench.mirror.referrers(of: digest, in: MirrorBench.repository)
        #expect(late.elements.count == 2)
        #expect(late.warning != nil)
        // That there are none is not said by somebody who could not ask.
        await #expect(throws: MirrorRefusal.self) {
            _ = try await bench.mirror.referrers(of: .sha256(of: "other"), in: MirrorBench.repository)
        }
    }
}

@Suite struct MirrorCollectionTests {
    @Test func `what nobody used goes with its tag, what is used stays, whole`() async throws {
        let bench = try MirrorBench()
        let (one, two) = (bench.offer("one", tag: "1"), bench.offer("two", tag: "2"))
        for tag in ["1", "2"] { _ = try await bench.pull(tag: tag) }
        for text in ["one", "two"] { _ = try await bench.pull(blob: layer(of: text)) }
        #expect(try bench.records.faults().isEmpty)
        bench.pass(10 * day)
        _ = try await bench.pull(tag: "2")
        let cutoff = Timestamp(seconds: bench.now.seconds - 5 * day)
        let collector = StoreCollector(blobs: bench.blobs, records: bench.records, uploads: nil)
        #expect(try collector.plan(before: cutoff, untagged: .keep).manifests == 1)
        let summary = try await collector.collect(before: cutoff, untagged: .collect)
        #expect(summary.manifests == 1)
        #expect(try bench.records.mirroredManifest(.sha256(of: one), in: MirrorBench.repository) == nil)
        #expect(try bench.records.digest(ofTag: "1", in: MirrorBench.repository) == nil)
        #expect(try bench.records.mirroredManifest(.sha256(of: two), in: MirrorBench.repository) != nil)
        #expect(try bench.records.holds(blob: .sha256(of: layer(of: "two")), in: MirrorBench.repository))
        #expect(try !bench.records.holds(blob: .sha256(of: layer(of: "one")), in: MirrorBench.repository))
        #expect(try bench.records.faults().isEmpty)
        // When it was first seen is known all the same.
        #expect(try bench.records.mirrored(.sha256(of: one), in: MirrorBench.repository) != nil)
        #expect(try await bench.pull(tag: "1").digest == .sha256(of: one))
    }

    @Test func `a store with images that are here in part is sound`() async throws {
        let bench = try MirrorBench()
        let child = bench.offer("one", tag: "child")
        bench.upstream.add(manifest: MirrorImage.index(of: [child]), type: MediaType.index, to: MirrorBench.name, tags: ["1"])
        _ = try await bench.pull()
        let report = try await StoreChecker(blobs: bench.blobs, records: bench.records).check(parallelism: 1)
        #expect(report.faults.isEmpty, "\(report.faults)")
    }
}
