// SPDX-License-Identifier: Apache-2.0
package import Base
import Blobs
import Foundation
import OCI
import Publish
import Records

/// A blob that may be served.
package enum MirroredBlob: Hashable, Sendable {
    case here
    /// It is over there; nothing was fetched, since its bytes were not asked for.
    case there(size: Int)
}

extension PullThrough {
    package enum Wish: Sendable { case bytes, size }

    /// Brings a blob, whole and verified, before it is served. Only what a manifest names that is kept here and may be pulled, and at
    /// most of the size it says there.
    package func blob(_ digest: Digest, in repository: String, for wish: Wish) async throws -> MirroredBlob {
        try await counting {
            let name = try upstreamName(of: repository)
            let parents = try records.mirroredParents(of: digest, in: repository)
            var waiting: MirrorQuarantine?
            let allowed = try parents.filter { parent in
                guard let quarantine = try quarantine(of: parent.manifest, in: repository) else { return true }
                waiting = quarantine
                return false
            }
            guard let size = allowed.map(\.size).max() else {
                throw waiting.map(MirrorRefusal.quarantined) ?? MirrorRefusal.unknownBlob(digest, repository: repository)
            }
            if try isHere(blob: digest, in: repository) {
                try await use([digest] + allowed.map(\.manifest), in: repository)
                return (.hit, .here)
            }
            guard size <= rules.blobLimit else { throw MirrorRefusal.tooLarge(digest, size: size, limit: rules.blobLimit) }
            if wish == .size {
                try await checkExistence(of: digest, in: repository, name)
                return (.fetched, .there(size: size))
            }
            try await flights.once("blob \(repository)@\(digest)") {
                guard try !isHere(blob: digest, in: repository) else { return }
                try await fetch(digest, size: size, in: repository, name)
            }
            return (.fetched, .here)
        }
    }

    private func isHere(blob digest: Digest, in repository: String) throws -> Bool {
        try records.holds(blob: digest, in: repository) && blobs.contains(digest)
    }

    private func checkExistence(of digest: Digest, in repository: String, _ name: RepositoryName) async throws {
        try await ask("\(repository)@\(digest)", in: repository) {
            let response = try await client.head(ofBlob: digest, in: name)
            guard response.status == 200 else {
                throw response.status == 404 ? MirrorRefusal.unknownBlob(digest, repository: repository) : refusal(for: response)
            }
        }
    }

    private func fetch(_ digest: Digest, size: Int, in repository: String, _ name: RepositoryName) async throws {
        // Bytes that are here for somebody else are given away only when the other registry has them, too, in this repository.
        if try blobs.contains(digest) {
            try await checkExistence(of: digest, in: repository, name)
            let blobs = blobs
            if try await onDisk({ try blobs.refresh(digest) }) { return try await link(digest, size, isNew: false, in: repository) }
        }
        let isNew = try await ask("\(repository)@\(digest)", in: repository) {
            let file = try partialFile(for: digest, in: repository)
            do {
                let response = try await within(seconds: Self.patience(for: size)) { [client] in
                    try await client.download(blob: digest, of: name, toFile: file, limit: size)
                }
                guard response.status == 200 else {
                    throw response.status == 404 ? MirrorRefusal.unknownBlob(digest, repository: repository) : refusal(for: response)
                }
            } catch {
                // A connection that broke is gone on with; what was wrong is not.
                if !Self.mayGoOn(after: error) { unlink(file) }
                throw error
            }
            let blobs = blobs
            return try await onDisk {
                let isNew = try !blobs.contains(digest)
                try blobs.adopt(file: file, expecting: digest)
                return isNew
            }
        }
        try await link(digest, size, isNew: isNew, in: repository)
        counts.fetched(size)
        tell(.kept(repository: repository, digest: digest.description, bytes: size))
    }

    private func link(_ digest: Digest, _ size: Int, isNew: Bool, in repository: String) async throws {
        let (records, blobs, now) = (records, blobs, clock())
        let blob = PushedBlob(repository: repository, digest: digest, size: size, isNew: isNew)
        try check(
            try await onDisk { try records.link(mirrored: blob, at: now) { try blobs.contains(digest) } }, in: repository)
    }

    private static func mayGoOn(after error: any Error) -> Bool {
        if error is CancellationError { return true }
        return (error as? any Diagnosable)?.diagnosis.kind == .unavailable
    }

    /// The file of a fetch under way. Another process, or another mirror of the same content, has another.
    private func partialFile(for digest: Digest, in repository: String) throws -> String {
        let folder = blobs.folder + "/partial"
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw PipelineError.cannotUnpack(folder, error.localizedDescription)
        }
        return "\(folder)/\(digest.hex)-\(Digest.sha256(of: repository).hex.prefix(12))-\(getpid()).mirror"
    }

    // A minute, and one second for each 32 KiB: whoever is slower holds up those who wait.
    private static func patience(for size: Int) -> Int { 60 + size / (32 << 10) }

    private func within<Result: Sendable>(
        seconds: Int, _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let upstream = rules.upstream
        return try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw MirrorRefusal.unavailable(upstream: upstream, reason: "it was too slow", wait: 0)
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }
}
