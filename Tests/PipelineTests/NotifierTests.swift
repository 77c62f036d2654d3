// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Records
import Synchronization
import TestKit
import Testing
import Tokens
import Transport

@testable import Pipeline

/// A receiver that answers as it is told to, at a time that is told too.
private final class ScriptedReceiver: HTTPTransport, MailRelay {
    private struct State {
        var answers: [Int] = []
        var retryAfter: String?
        var requests: [WebRequest] = []
        var mails: [MailMessage] = []
        var now: Timestamp
    }
    private let state: Mutex<State>
    let url = "https://hooks.example/services/T0/very-secret"

    init(at now: Timestamp) { state = Mutex(State(now: now)) }

    var requests: [WebRequest] { state.withLock { $0.requests } }
    var mails: [MailMessage] { state.withLock { $0.mails } }
    var now: Timestamp { state.withLock { $0.now } }
    func pass(_ seconds: Int) { state.withLock { $0.now = Timestamp(seconds: $0.now.seconds + seconds) } }
    /// The next answers; 200 afterwards, and 0 is none.
    func answer(_ statuses: [Int], retryAfter: String? = nil) {
        state.withLock {
            $0.answers = statuses
            $0.retryAfter = retryAfter
        }
    }

    func send(_ request: WebRequest, limit: Int) async throws -> WebResponse {
        let (status, after) = state.withLock { state in
            state.requests.append(request)
            return (state.answers.isEmpty ? 200 : state.answers.removeFirst(), state.retryAfter)
        }
        guard status > 0 else { throw TransportError.interrupted(request.url, received: 0, expected: nil) }
        return WebResponse(status: status, headers: after.map { ["retry-after": $0] } ?? [:])
    }
    func download(_ request: WebRequest, toFile path: String, limit: Int) async throws -> WebResponse {
        try await send(request, limit: limit)
    }
    func send(_ message: MailMessage) async throws { state.withLock { $0.mails.append(message) } }
}

@Suite struct NotifierTests {
    private let scratch: TestFolder
    private let records: RecordStore
    private let place = ScriptedReceiver(at: Self.start)
    private static let start = Timestamp(seconds: 1_764_000_000)
    private static let hostile = "<!channel> <https://evil.example|click> & *bold* \"x\"\r\nBcc: a@b.c \u{202E}"

    init() throws {
        scratch = try TestFolder()
        records = try RecordStore(folder: scratch.path, clock: { Self.start })
    }

    private func webhook(_ name: String = "ops", kinds: Set<EventKind> = [], severity: EventSeverity = .info) throws -> Receiver {
        let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        return Receiver(
            name, by: .webhook(url: place.url, secret: secret, transport: place), kinds: kinds, severity: severity)
    }

    private func notifier(_ receivers: [Receiver], patience: Int = 3 * 86400) -> Notifier {
        Notifier(
            records: records, receivers: receivers, writer: EventWriter(address: "https://images.example/"), patience: patience,
            clock: { [place] in place.now })
    }

    private func tell(_ subject: String = "debian") throws { try records.append(.feedStale(subject, reason: "no answer", at: Self.start)) }

    @Test func `an event is told once, as a signed CloudEvent`() async throws {
        try tell()
        let notifier = notifier([try webhook()])
        #expect(
            try await notifier.deliver()
                == {
                    var round = Notifier.Round(); round.delivered = 1; return round
                }())
        #expect(try await notifier.deliver() == Notifier.Round())
        let request = try #require(place.requests.first)
        #expect(place.requests.count == 1 && request.method == "POST")
        #expect(request.headers["content-type"] == "application/cloudevents+json; charset=utf-8")
        let json = try JSON.parse(request.body)
        #expect(json["specversion"]?.string == "1.0" && json["type"]?.string == "dev.ashlar.feed.stale")
        #expect(json["id"]?.string == request.headers["webhook-id"] && json["source"]?.string == "https://images.example")
        #expect(json["time"]?.string == "2025-11-24T16:00:00Z" && json["subject"]?.string == "debian")
        let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let expected = secret.headers(id: json["id"]?.string ?? "", at: Self.start, body: request.body)
        #expect(request.headers["webhook-signature"] == expected["webhook-signature"])
    }

    @Test func `a receiver that is down is tried later and later, under the same name, and told in order`() async throws {
        for name in ["a", "b"] { try tell(name) }
        let notifier = notifier([try webhook()])
        place.answer([500, 0])
        #expect(try await notifier.deliver().problems.count == 1)
        // Down is down: the second event was not tried.
        #expect(place.requests.count == 1)
        #expect(try await notifier.deliver() == Notifier.Round(), "what is down is left alone")
        place.pass(29)
        #expect(try await notifier.deliver() == Notifier.Round())
        place.pass(1)
        #expect(try await notifier.deliver().problems.count == 1)
        place.pass(60)
        let round = try await notifier.deliver()
        #expect(round.delivered == 2 && round.problems.isEmpty)
        let names = place.requests.compactMap { $0.headers["webhook-id"] }
        #expect(Set(names).count == 2 && names.count == 4)
        // The time against replays is that of the try.
        #expect(place.requests.last?.headers["webhook-timestamp"] == "\(Self.start.seconds + 90)")
    }

    @Test func `a message that is refused keeps no other back`() async throws {
        for name in ["a", "b"] { try tell(name) }
        place.answer([400])
        let round = try await notifier([try webhook()]).deliver()
        #expect(round.delivered == 1 && round.problems.map(\.reason) == ["it answered 400"])
    }

    @Test func `a receiver may say when to come again, within reason`() async throws {
        try tell()
        let notifier = notifier([try webhook()])
        place.answer([429], retryAfter: "600")
        _ = try await notifier.deliver()
        place.pass(599)
        #expect(try await notifier.deliver() == Notifier.Round())
        place.pass(1)
        place.answer([503], retryAfter: "99999999")
        _ = try await notifier.deliver()
        place.pass(6 * 3600)
        #expect(try await notifier.deliver().delivered == 1)
    }

    @Test func `what cannot be delivered for days is given up, and that is said`() async throws {
        try tell()
        let notifier = notifier([try webhook()], patience: 86400)
        place.answer(Array(repeating: 500, count: 50))
        var last = Notifier.Round()
        for _ in 0..<40 where !(last.problems.first?.isGivenUp ?? false) {
            let round = try await notifier.deliver()
            if !round.problems.isEmpty { last = round }
            place.pass(3600)
        }
        #expect(last.problems.first?.isGivenUp == true)
        #expect(try records.receiverStates().first?.givenUp == 1)
        place.answer([])
        place.pass(86400)
        #expect(try await notifier.deliver() == Notifier.Round())
        #expect(try records.retry(for: "ops", at: place.now) == 1)
        #expect(try await notifier.deliver().delivered == 1)
    }

    @Test func `a process that ended while it told somebody is followed by one that tells it again`() async throws {
        try tell()
        try records.enqueue(for: "ops", at: Self.start) { _ in true }
        let lost = try #require(try records.claim(for: "ops", at: Self.start, lease: Notifier.lease))
        let notifier = notifier([try webhook()])
        #expect(try await notifier.deliver() == Notifier.Round())
        place.pass(Notifier.lease)
        #expect(try await notifier.deliver().delivered == 1)
        #expect(place.requests.first?.headers["webhook-id"] == lost.event.name)
    }

    @Test func `each is told what it wants`() async throws {
        try tell()
        try records.append(.buildFailed("team/python:3.13", reason: "r", at: Self.start))
        try records.append(.proposalWritten("nginx:1", place: "branch x", summary: "s", at: Self.start))
        let pattern = try #require(RepositoryPattern("team/**"))
        let receivers = [
            try webhook("kinds", kinds: [.feedStale]), try webhook("bad", severity: .warning),
            Receiver("team", by: .slack(url: place.url, transport: place), images: [pattern]),
        ]
        #expect(try await notifier(receivers).deliver().delivered == 4)
    }

    @Test func `an address that is a secret stands in no problem`() async throws {
        try tell()
        place.answer([0])
        let round = try await notifier([Receiver("chat", by: .slack(url: place.url, transport: place))]).deliver()
        let told = "\(round)" + (try records.receiverStates().first?.problem ?? "")
        #expect(!told.contains("very-secret") && !told.contains("T0") && !round.problems.isEmpty)
    }

    @Test func `hostile texts stay texts in messages`() async throws {
        try records.append(.buildFailed("python:3.13", reason: Self.hostile, at: Self.start))
        try records.append(.feedStale(Self.hostile, reason: Self.hostile, at: Self.start))
        let relay = place
        let receivers = [
            Receiver("chat", by: .slack(url: place.url, transport: place)),
            Receiver("people", by: .mail(from: try MailAddress("a@b.c"), to: [try MailAddress("d@e.f")], relay: relay)),
        ]
        #expect(try await notifier(receivers).deliver().delivered == 4)
        for request in place.requests {
            let text = String(decoding: request.body, as: UTF8.self)
            #expect(!text.contains("<!channel>") && !text.contains("<https://evil") && !text.contains("\u{202E}") && !text.contains("\\r"))
            #expect(try JSON.parse(request.body)["blocks"]?.array?.isEmpty == false)
        }
        for mail in place.mails {
            #expect(!mail.subject.contains("\n") && !mail.subject.contains("\u{202E}"))
            #expect(!mail.text.split(separator: "\n").contains { $0.hasPrefix("Bcc:") })
        }
        #expect(place.mails.count == 2)
    }

    @Test func `a link leads to the page of the image and nowhere else`() {
        let writer = EventWriter(address: "https://images.example/x/")
        let event = CatalogEvent(
            .releasePublished, at: Self.start, about: "a:b", image: "team/../py\"thon", title: "t", facts: ["stream": "3?x#y"])
        #expect(writer.link(to: event) == "https://images.example/x/images/team/../py%22thon/3%3Fx%23y")
        #expect(EventWriter().link(to: event) == nil)
    }

    @Test func `pauses double up to six hours`() {
        #expect([1, 2, 3, 10, 50].map(Notifier.pause) == [30, 60, 120, 15360, 21600])
    }

    @Test func `an end of support is told once, early and when it is reached`() throws {
        let release = Release(
            repository: "python", stream: "3.13", version: "3.13.5", buildTag: "3.13.5-r1", tags: [], index: .sha256(of: "i"),
            platforms: [],
            created: Self.start, title: "", summary: "", endOfLife: "2026-01-01", lock: .sha256(of: "l"))
        try records.apply(Publication(repository: "python", manifests: [], tags: [:], release: release))
        let watch = SupportWatch(records: records, warnBefore: 90 * 86400)
        #expect(try [watch.tell(at: Self.start), watch.tell(at: Self.start)] == [1, 0])
        let later = try #require(Timestamp(date: "2026-02-01"))
        #expect(try [watch.tell(at: later), watch.tell(at: later)] == [1, 0])
        #expect(try records.events(limit: 2).map(\.event.kind) == [.endOfLifeReached, .endOfLifeNear])
        #expect(
            try [
                watch.tell(ofDropped: ["ingress"], suite: "trixie", in: release, at: later),
                watch.tell(ofDropped: ["ingress"], suite: "trixie", in: release, at: later),
            ] == [1, 0])
    }
}
