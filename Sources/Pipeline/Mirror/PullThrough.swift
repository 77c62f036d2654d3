// SPDX-License-Identifier: Apache-2.0
package import Base
package import Blobs
import OCI
package import Publish
package import Records
import Synchronization
import Transport

/// Brings content of another registry into the store when it is asked for, and says what of it may be served.
///
/// Nothing is served that was not verified: manifests and blobs are whole, have their digest and are on the disk before their first
/// byte goes to a client. What is allowed is asked before a connection is made.
package final class PullThrough: Sendable {
    package let rules: MirrorRules
    package let counts = MirrorCounts()
    let client: RegistryClient
    let records: RecordStore
    let blobs: FileBlobStore
    let clock: @Sendable () -> Timestamp
    let flights = MirrorFlights()
    private let offload: Offload
    private let onEvent: @Sendable (MirrorEvent) -> Void
    private let state = Mutex(State())

    /// Runs what waits for the disk away from those that answer.
    package typealias Offload = @Sendable (@escaping @Sendable () throws -> Void) async throws -> Void

    private struct State {
        /// Until when the other registry is not asked, and what is said meanwhile.
        var pause: (until: Timestamp, refusal: MirrorRefusal)?
        /// When it was last written down that content is in use.
        var uses: [String: Timestamp] = [:]
    }

    // A registry that is down is asked again after so many seconds; one that says how long to wait, then.
    private static let pauseAfterFailure = 15
    private static let longestPause = 3600
    // Use is written down this often.
    private static let useStep = 3600
    private static let useLimit = 20_000

    /// - Parameter client: has its own transport, which honours the rules about where requests may go.
    package init(
        rules: MirrorRules, client: RegistryClient, records: RecordStore, blobs: FileBlobStore,
        clock: @escaping @Sendable () -> Timestamp, offload: @escaping Offload = { try $0() },
        onEvent: @escaping @Sendable (MirrorEvent) -> Void = { _ in }
    ) {
        self.rules = rules
        self.client = client
        self.records = records
        self.blobs = blobs
        self.clock = clock
        self.offload = offload
        self.onEvent = onEvent
    }

    // MARK: - Names and quarantine

    /// The name of a repository over there. Throws before anything is asked when it is not on the allow list.
    func upstreamName(of repository: String) throws -> RepositoryName {
        let below = repository.dropFirst(rules.prefix.utf8.count + 1)
        let name = rules.path.isEmpty ? String(below) : "\(rules.path)/\(below)"
        guard !below.isEmpty, rules.isAllowed(String(below)), let name = try? RepositoryName(name) else {
            throw MirrorRefusal.notAllowed(repository: repository)
        }
        return name
    }

    /// Why content may not be pulled yet; nil when it may. What was never seen is as new as can be.
    func quarantine(of digest: Digest, in repository: String) throws -> MirrorQuarantine? {
        guard rules.quarantine > 0 else { return nil }
        let now = clock()
        guard let content = try records.mirrored(digest, in: repository) else {
            return MirrorQuarantine(
                repository: repository, digest: digest, seen: now, until: Timestamp(seconds: now.seconds + rules.quarantine))
        }
        if isOld(content, now) { return nil }
        // Evidence is made after what it is about, and is nothing that runs.
        if let subject = content.subject, let about = try records.mirrored(subject, in: repository), isOld(about, now) { return nil }
        return MirrorQuarantine(
            repository: repository, digest: digest, seen: content.seen,
            until: Timestamp(seconds: content.seen.seconds + rules.quarantine), created: content.created)
    }

    private func isOld(_ content: MirroredContent, _ now: Timestamp) -> Bool {
        content.released != nil || now.seconds >= content.seen.seconds + rules.quarantine
    }

    // MARK: - Asking the other registry

    /// Asks the other registry, unless it is known not to answer now; puts what goes wrong into the words of a refusal.
    func ask<Result: Sendable>(_ what: String, in repository: String, _ work: () async throws -> Result) async throws -> Result {
        guard !rules.isOffline else { throw MirrorRefusal.notHere(what) }
        let now = clock()
        if let pause = state.withLock({ $0.pause }), now < pause.until {
            throw pause.refusal.waiting(pause.until.seconds - now.seconds)
        }
        do {
            let result = try await work()
            state.withLock { $0.pause = nil }
            counts.answers(true)
            return result
        } catch {
            if error is CancellationError || Task.isCancelled { throw error }
            let refusal = try refusal(for: error)
            switch refusal {
            case .unavailable(_, _, let wait) where wait > 0, .limited(_, let wait):
                let until = Timestamp(seconds: now.seconds + min(wait, Self.longestPause))
                state.withLock { $0.pause = (until, refusal) }
                counts.answers(false)
            case .broken(_, let reason): onEvent(.broken(repository: repository, reason: reason))
            default: break
            }
            throw refusal
        }
    }

    /// The refusal for an answer that is neither 200 nor 404.
    func refusal(for response: WebResponse) -> MirrorRefusal {
        let upstream = rules.upstream
        let wait = response.headers["retry-after"].flatMap { Int($0) }.map { min(max($0, 1), Self.longestPause) }
        return switch response.status {
        case 429: .limited(upstream: upstream, wait: wait ?? 60)
        case 401, 403: .denied(upstream: upstream, reason: "status \(response.status)")
        case 503: .unavailable(upstream: upstream, reason: "status 503", wait: wait ?? Self.pauseAfterFailure)
        // One address that fails says nothing about others.
        case 408, 500...599: .unavailable(upstream: upstream, reason: "status \(response.status)", wait: 0)
        default: .broken(upstream: upstream, reason: "status \(response.status)")
        }
    }

    private func refusal(for error: any Error) throws -> MirrorRefusal {
        if let refusal = error as? MirrorRefusal { return refusal }
        let upstream = rules.upstream
        switch error {
        case PublishError.unauthorized(_, _, let reason): return .denied(upstream: upstream, reason: reason)
        case PublishError.plainCredentials(let server):
            return .denied(upstream: upstream, reason: "\(server) wants the password over plain http")
        case let error as PublishError: return .broken(upstream: upstream, reason: error.diagnosis.summary)
        case let error as OCIError: return .broken(upstream: upstream, reason: error.diagnosis.summary)
        case let error as BlobsError:
            if case .mismatch(let expected, let found, _) = error {
                return .broken(upstream: upstream, reason: "the bytes of \(expected) have the digest \(found)")
            }
            throw error
        // This machine's own disk.
        case is RecordsError, is PipelineError, TransportError.file: throw error
        case let error as any Diagnosable:
            // What is left is the way there: unreachable, silent, a redirect to where it must not lead, more bytes than were announced.
            guard error.diagnosis.kind == .unavailable else {
                return .broken(upstream: upstream, reason: error.diagnosis.summary)
            }
            return .unavailable(upstream: upstream, reason: error.diagnosis.summary, wait: Self.pauseAfterFailure)
        default: throw error
        }
    }

    // MARK: - Work beside

    func onDisk<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        let box = MirrorBox<Result>()
        try await offload { box.put(try work()) }
        guard let result = box.taken else { throw CancellationError() }
        return result
    }

    func tell(_ event: MirrorEvent) { onEvent(event) }

    /// Writes down that content is in use, once an hour.
    func use(_ digests: [Digest], in repository: String) async throws {
        let now = clock()
        let due = state.withLock { state in
            digests.filter { digest in
                let key = "\(repository)@\(digest)"
                if let last = state.uses[key], now.seconds - last.seconds < Self.useStep, now >= last { return false }
                if state.uses.count >= Self.useLimit { state.uses = [:] }
                state.uses[key] = now
                return true
            }
        }
        guard !due.isEmpty else { return }
        let records = records
        try await onDisk { try records.use(mirrored: due, in: repository, at: now) }
    }
}

extension MirrorRefusal {
    fileprivate func waiting(_ wait: Int) -> MirrorRefusal {
        switch self {
        case .unavailable(let upstream, let reason, _): .unavailable(upstream: upstream, reason: reason, wait: wait)
        case .limited(let upstream, _): .limited(upstream: upstream, wait: wait)
        default: self
        }
    }
}

/// A value on its way from another thread.
private final class MirrorBox<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    func put(_ value: Value) { self.value.withLock { $0 = value } }
    var taken: Value? { value.withLock { $0 } }
}
