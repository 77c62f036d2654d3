// SPDX-License-Identifier: Apache-2.0
import Artifacts
package import Base
package import Records
import Tokens
import Transport

/// Delivers what happened to those who want to hear of it. Everything it knows is in the records: it may be stopped at any time, and two
/// of them do not fight.
package struct Notifier: Sendable {
    private let records: RecordStore
    package let receivers: [Receiver]
    private let writer: EventWriter
    /// Seconds from the first try of an event until it is given up.
    private let patience: Int
    private let clock: @Sendable () -> Timestamp

    package init(
        records: RecordStore, receivers: [Receiver], writer: EventWriter = EventWriter(), patience: Int = 3 * 86400,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.records = records
        self.receivers = receivers
        self.writer = writer
        self.patience = patience
        self.clock = clock
    }

    /// What one round came to.
    package struct Round: Hashable, Sendable {
        package struct Problem: Hashable, Sendable {
            package var receiver: String
            package var event: String
            package var reason: String
            package var isGivenUp: Bool
            package init(receiver: String, event: String, reason: String, isGivenUp: Bool) {
                self.receiver = receiver
                self.event = event
                self.reason = reason
                self.isGivenUp = isGivenUp
            }
        }
        package var delivered = 0
        package var problems: [Problem] = []
        package init() {}
    }

    /// Deliveries to one receiver in one round.
    static let roundLimit = 500
    /// Longer than a try may take: what a process took that ended meanwhile is tried again after it.
    static let lease = 300
    private static let answerLimit = 64 << 10
    private static let width = 4

    /// Delivers what is due. A receiver that cannot be reached is left alone until its next try is due; the others are told.
    package func deliver() async throws -> Round {
        let rounds = try await receivers.concurrentMap(limit: Self.width) { try await deliver(to: $0) }
        return rounds.reduce(into: Round()) { sum, round in
            sum.delivered += round.delivered
            sum.problems += round.problems
        }
    }

    private func deliver(to receiver: Receiver) async throws -> Round {
        var round = Round()
        guard try records.hasDue(for: receiver.name, at: clock()) else { return round }
        try records.enqueue(for: receiver.name, at: clock(), wanting: receiver.wants)
        var last: Int64 = 0
        for _ in 0..<Self.roundLimit {
            try Task.checkCancellation()
            guard let delivery = try records.claim(for: receiver.name, at: clock(), lease: Self.lease, beyond: last) else { break }
            last = delivery.event.number
            let answer = await attempt(delivery.event, receiver)
            let now = clock()
            guard case .failed(let reason, let isDown, let wished) = answer else {
                try records.settle(delivery, .delivered, at: now)
                round.delivered += 1
                continue
            }
            // Somebody who stops this process is not a receiver that failed; the lease runs out by itself.
            try Task.checkCancellation()
            let isGivenUp = now.seconds - (delivery.firstTry ?? now).seconds >= patience
            let pause = max(Self.pause(after: delivery.attempts), min(wished ?? 0, Self.longestPause))
            try records.settle(
                delivery,
                isGivenUp ? .givenUp(reason: reason) : .failed(reason: reason, next: Timestamp(seconds: now.seconds + pause)), at: now)
            round.problems.append(
                .init(receiver: receiver.name, event: delivery.event.event.title, reason: reason, isGivenUp: isGivenUp))
            // One that is down is down for all; one that refuses a message may take the next.
            if isDown {
                try records.postpone(for: receiver.name, until: Timestamp(seconds: now.seconds + pause))
                break
            }
        }
        return round
    }

    private static let longestPause = 6 * 3600

    /// Seconds: half a minute, doubled with every try, at most six hours.
    package static func pause(after attempts: Int) -> Int { min(30 << min(max(attempts - 1, 0), 12), longestPause) }

    /// Tells one receiver of an event that is not kept, now; why not when that fails.
    package func test(_ receiver: Receiver) async -> String? {
        let event = CatalogEvent(
            .releasePublished, at: clock(), about: "ashlar:test", title: "A test of \(receiver.name): nothing happened",
            facts: ["test": "true"])
        guard case .failed(let reason, _, _) = await attempt(KeptEvent(number: 0, event: event), receiver) else { return nil }
        return reason
    }

    // MARK: - Tries

    private enum Answer {
        case taken
        case failed(reason: String, isDown: Bool, wished: Int?)
    }

    private func attempt(_ kept: KeptEvent, _ receiver: Receiver) async -> Answer {
        switch receiver.way {
        case .webhook(let url, let secret, let transport):
            let body = writer.cloudEvent(kept)
            var headers = secret.headers(id: kept.name, at: clock(), body: body)
            headers["content-type"] = EventWriter.cloudEventType
            return await post(WebRequest("POST", url, headers: headers, body: body), by: transport)
        case .slack(let url, let transport):
            let headers = ["content-type": "application/json; charset=utf-8"]
            return await post(WebRequest("POST", url, headers: headers, body: writer.slack(kept)), by: transport)
        case .mail(let from, let to, let relay):
            let (subject, text) = writer.mail(kept)
            let message = MailMessage(from: from, to: to, subject: subject, text: text, id: kept.id, date: clock())
            do {
                try await relay.send(message)
                return .taken
            } catch { return .failed(reason: Self.reason(error, hiding: nil), isDown: true, wished: nil) }
        }
    }

    private func post(_ request: WebRequest, by transport: any HTTPTransport) async -> Answer {
        do {
            let response = try await transport.send(request, limit: Self.answerLimit)
            if (200...299).contains(response.status) { return .taken }
            let wished = response.headers["retry-after"].flatMap { Int($0) }
            let isDown = response.status >= 500 || [408, 429].contains(response.status)
            return .failed(reason: "it answered \(response.status)", isDown: isDown, wished: wished)
        } catch { return .failed(reason: Self.reason(error, hiding: request.url), isDown: true, wished: nil) }
    }

    // An address may be a secret: nothing of it behind its host is told.
    private static func reason(_ error: any Error, hiding url: String?) -> String {
        var text = (error as? any Diagnosable)?.diagnosis.summary ?? "it could not be reached"
        if let url {
            if let shown = (try? WebAddress(url))?.shown { text = text.replacing(shown, with: "its address") }
            text = text.replacing(url, with: "its address")
            let rest = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).dropFirst(3).joined()
            if rest.count > 3 { text = text.replacing(rest, with: "…") }
        }
        return CatalogEvent.line(text, limit: 300)
    }
}
