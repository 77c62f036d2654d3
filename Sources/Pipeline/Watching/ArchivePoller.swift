// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import Transport

/// Asks archives whether their signed index is another than the one that was taken last. Nothing is believed of what comes: it is
/// compared, and what is different is then fetched and verified by whoever plans.
package struct ArchivePoller: Sendable {
    let transport: any HTTPTransport
    let mirror: Mirror
    let now: Timestamp

    package init(transport: any HTTPTransport, mirror: Mirror, now: Timestamp) {
        self.transport = transport
        self.mirror = mirror
        self.now = now
    }

    package enum News: Sendable {
        case unchanged(Poll)
        /// Kept when what it led to was planned.
        case changed(Poll)
        case failed(Poll)
    }

    private static let limit = 8 << 20

    package static func source(of archive: SuiteArchive) -> String { "archive \(archive.suite)" }

    package func ask(_ archive: SuiteArchive, last: Poll?) async throws -> News {
        let source = Self.source(of: archive)
        var poll = last ?? Poll(source: source, checked: now, next: now)
        poll.checked = now
        do {
            let url = try mirror.url(suite: archive.suite, base: archive.base, path: "dists/\(archive.suite)/InRelease")
            var request = WebRequest("GET", url)
            if let last, last.digest != nil {
                if let etag = last.etag { request.headers["If-None-Match"] = etag }
                if let time = last.lastModified { request.headers["If-Modified-Since"] = time }
            }
            let response = try await transport.send(request, limit: Self.limit)
            if response.status == 304, last?.digest != nil {
                (poll.failures, poll.failure) = (0, nil)
                return .unchanged(poll)
            }
            guard response.status == 200 else {
                throw IndexError.unavailable(
                    what: "the signed index of \(archive.suite)", status: response.status,
                    source: (try? WebAddress(url))?.shown ?? "the mirror")
            }
            (poll.failures, poll.failure) = (0, nil)
            poll.etag = response.headers["etag"].flatMap { $0.utf8.count <= 512 ? $0 : nil }
            poll.lastModified = response.headers["last-modified"].flatMap { $0.utf8.count <= 64 ? $0 : nil }
            let digest = Digest.sha256(of: response.body)
            if digest == last?.digest { return .unchanged(poll) }
            poll.digest = digest
            poll.changed = now
            return .changed(poll)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            poll.failures += 1
            poll.failure = ChangeRunner.diagnosis(of: error).summary
            return .failed(poll)
        }
    }
}
