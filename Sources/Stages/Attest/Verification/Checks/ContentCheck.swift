// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI

/// Every blob of the image and of the evidence that counts, read to its end, is what its descriptor says.
///
/// Of evidence only altered bytes refuse the image: anybody may attach a manifest that holds a good piece and points to a blob that
/// is not there, is huge, or has another size.
struct ContentCheck {
    static let name = "content"
    /// Two at once: hashing is bound by the processor, and the largest blob is most of an image.
    static let width = 2
    /// Bytes of evidence that are read here; what was signed was read before.
    static let evidenceLimit = 64 << 20
    /// Blobs that one manifest of evidence points to and that are read here.
    static let attachedLimit = 256

    func examine(_ exhibits: [Exhibit], in repository: some RepositoryReader) async throws -> CheckResult {
        var compared: Set<Digest> = []
        var blobs: [Digest: Descriptor] = [:]
        var result = CheckResult(Self.name)
        for file in exhibits.map(\.file) {
            compared.formUnion(file.compared)
            for (digest, descriptor) in file.blobs {
                if let other = blobs[digest], other.size != descriptor.size {
                    result.reasons.append("two manifests disagree about the size of \(digest): \(other.size) and \(descriptor.size) bytes")
                }
                blobs[digest] = descriptor
            }
        }
        let waiting = blobs.values.filter { !compared.contains($0.digest) }.sorted { ($1.size, $0.digest) < ($0.size, $1.digest) }
        let results = try await waiting.concurrentMap(limit: Self.width) { blob in (blob.digest, try await check(blob, in: repository)) }
        for (digest, check) in results {
            switch check {
            case .good: break
            case .missing: result.reasons.append("blob \(digest): it is missing")
            case .damaged(let reason): result.reasons.append("blob \(digest): \(reason)")
            }
        }
        let total = blobs.values.reduce(0) { $0 + $1.size }
        result.evidence.append("\(blobs.count) blobs, \(total) bytes, read to their ends")
        try await examineEvidence(of: exhibits, except: compared.union(blobs.keys), in: repository, &result)
        return result
    }

    private func examineEvidence(
        of exhibits: [Exhibit], except known: Set<Digest>, in repository: some RepositoryReader, _ result: inout CheckResult
    ) async throws {
        var seen = known
        var budget = Self.evidenceLimit
        for exhibit in exhibits {
            let counted = Set(exhibit.signed.map(\.piece.manifest)).sorted()
            for blob in counted.flatMap({ exhibit.file.attached[$0]?.prefix(Self.attachedLimit) ?? [] })
            where seen.insert(blob.digest).inserted {
                guard blob.size <= budget else {
                    result.warnings.append("blob \(blob.digest) of the evidence has \(blob.size) bytes, and was not read")
                    continue
                }
                budget -= blob.size
                do {
                    guard let bytes = try await repository.blob(blob.digest, limit: blob.size) else {
                        result.warnings.append("blob \(blob.digest) of the evidence is missing")
                        continue
                    }
                    let found = Digest.sha256(of: bytes)
                    if found != blob.digest {
                        result.reasons.append("blob \(blob.digest): its bytes have the digest \(found)")
                    } else if bytes.count != blob.size {
                        result.warnings.append("blob \(blob.digest) of the evidence has \(bytes.count) bytes, not \(blob.size)")
                    }
                } catch let error as any Diagnosable where error.diagnosis.kind == .untrusted {
                    result.reasons.append("blob \(blob.digest): \(error.diagnosis.told)")
                } catch let error as any Diagnosable where error.diagnosis.kind == .malformed {
                    result.warnings.append("blob \(blob.digest) of the evidence: \(error.diagnosis.told)")
                }
            }
        }
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
