// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI

/// Every blob of the image and of its evidence, read to its end, is what its descriptor says.
struct ContentCheck {
    static let name = "content"
    /// Two at once: hashing is bound by the processor, and the largest blob is most of an image.
    static let width = 2

    func examine(_ files: [CaseFile], in repository: some RepositoryReader) async throws -> CheckResult {
        var compared: Set<Digest> = []
        var blobs: [Digest: Descriptor] = [:]
        var reasons: [String] = []
        for file in files {
            compared.formUnion(file.compared)
            for (digest, descriptor) in file.blobs {
                if let other = blobs[digest], other.size != descriptor.size {
                    reasons.append("two manifests disagree about the size of \(digest): \(other.size) and \(descriptor.size) bytes")
                }
                blobs[digest] = descriptor
            }
        }
        let waiting = blobs.values.filter { !compared.contains($0.digest) }.sorted { ($1.size, $0.digest) < ($0.size, $1.digest) }
        let results = try await waiting.concurrentMap(limit: Self.width) { blob in (blob.digest, try await check(blob, in: repository)) }
        for (digest, check) in results {
            switch check {
            case .good: break
            case .missing: reasons.append("blob \(digest): it is missing")
            case .damaged(let reason): reasons.append("blob \(digest): \(reason)")
            }
        }
        let total = blobs.values.reduce(0) { $0 + $1.size }
        return CheckResult(Self.name, evidence: ["\(blobs.count) blobs, \(total) bytes, read to their ends"], reasons: reasons)
    }

    // What the reader itself found not to be what it should be. What it could not ask ends the check.
    private func check(_ blob: Descriptor, in repository: some RepositoryReader) async throws -> BlobCheck {
        do { return try await repository.check(blob) } catch let error as any Diagnosable
            where [.malformed, .untrusted].contains(error.diagnosis.kind)
        {
            return .damaged(reason: error.diagnosis.told)
        }
    }
}
