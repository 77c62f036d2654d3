// SPDX-License-Identifier: Apache-2.0
import Base
import HTTPTypes
import HummingbirdTesting
import Records
import Synchronization
import Testing
import Tokens

@testable import Web

@Suite struct RateLimitTests {
    private final class Clock: Sendable {
        private let time = Mutex(Duration.zero)
        func pass(_ duration: Duration) { time.withLock { $0 += duration } }
        var read: @Sendable () -> Duration { { [self] in time.withLock { $0 } } }
    }

    @Test func `a burst is let in, then as many as flow in`() {
        let clock = Clock()
        let limiter = RateLimiter(perSecond: 2, burst: 3, clock: clock.read)
        for _ in 0..<3 { #expect(limiter.take(for: "a") == nil) }
        #expect(limiter.take(for: "a") == 1)
        #expect(limiter.take(for: "b") == nil)
        clock.pass(.milliseconds(500))
        #expect(limiter.take(for: "a") == nil)
        #expect(limiter.take(for: "a") == 1)
        limiter.giveBack(to: "a")
        #expect(limiter.take(for: "a") == nil)
        clock.pass(.seconds(3600))
        for _ in 0..<3 { #expect(limiter.take(for: "a") == nil) }
        #expect(limiter.take(for: "a") != nil)
    }

    @Test func `wrong passwords that come at once count like those that come one by one`() async throws {
        let guarded = try GuardedStore()
        try guarded.add("ada", ["**:pull"])
        let hash = try #require(PasswordHash(guarded.store.records.accounts().first?.password ?? ""))
        let (desk, limiter) = (PasswordDesk(), RateLimiter(perSecond: 0.001, burst: 3, clock: { .zero }))
        let answers = await withTaskGroup(of: PasswordDesk.Answer.self) { tasks in
            for number in 0..<12 { tasks.addTask { await desk.check("guess \(number)", against: hash, from: "a", limiter) } }
            return await tasks.reduce(into: [PasswordDesk.Answer]()) { $0.append($1) }
        }
        #expect(answers.count { $0 == .wrong } == 3)
        #expect(answers.allSatisfy { $0 != .right })
        // Others are not held up, and who knows it pays nothing, however many ask at once.
        let right = await withTaskGroup(of: PasswordDesk.Answer.self) { tasks in
            for _ in 0..<20 { tasks.addTask { await desk.check(GuardedStore.password, against: hash, from: "b", limiter) } }
            return await tasks.reduce(into: [PasswordDesk.Answer]()) { $0.append($1) }
        }
        #expect(right.allSatisfy { $0 == .right })
        for _ in 0..<3 { #expect(limiter.take(for: "b") == nil) }
    }

    @Test func `one address has no more than its places`() async throws {
        let (desk, limiter) = (PasswordDesk(), RateLimiter(perSecond: 1, burst: 1000, clock: { .zero }))
        let answers = await withTaskGroup(of: PasswordDesk.Answer.self) { tasks in
            for number in 0..<40 { tasks.addTask { await desk.check("guess \(number)", against: .ofNobody, from: "a", limiter) } }
            // While those of one address wait, another's turn comes.
            tasks.addTask { await desk.check("mine", against: .ofNobody, from: "b", limiter) == .busy ? .right : .wrong }
            return await tasks.reduce(into: [PasswordDesk.Answer]()) { $0.append($1) }
        }
        #expect(answers.count { $0 == .busy } >= 20)
        #expect(!answers.contains(.right))
    }

    @Test func `the time to wait is told`() {
        let limiter = RateLimiter(perSecond: 0.1, burst: 1, clock: Clock().read)
        #expect(limiter.take(for: "a") == nil)
        #expect(limiter.take(for: "a") == 10)
    }

    @Test func `a million clients do not fill the memory, and the latest are remembered`() {
        let clock = Clock()
        let limiter = RateLimiter(perSecond: 0.001, burst: 1, clock: clock.read)
        for number in 0..<200_000 {
            if number % 1000 == 0 { clock.pass(.milliseconds(1)) }
            #expect(limiter.take(for: "\(number)") == nil)
        }
        #expect(limiter.take(for: "199999") != nil)
    }

    @Test func `who asks too often is told to wait, by address or account`() async throws {
        let guarded = try GuardedStore()
        try guarded.add("ada", ["**:pull"])
        let token = try guarded.token(of: "ada")
        let server = try guarded.server(anonymous: ["**:pull"]) { $0.rates = RequestRates(anonymous: 1, account: 2) }
        let path = "/v2/team/python/tags/list"
        for _ in 0..<10 { #expect(try await server.ask(.get, path).status == .ok) }
        let refused = try await server.ask(.get, path)
        #expect(refused.status == .tooManyRequests && refused.errorCode == "TOOMANYREQUESTS" && refused.headers[.retryAfter] == "1")
        // An account has its own measure, and what watches the server is never refused.
        for _ in 0..<20 { #expect(try await server.ask(.get, path, bearing: token.text).status == .ok) }
        #expect(try await server.ask(.get, path, bearing: token.text).status == .tooManyRequests)
        #expect(try await server.ask(.get, "/healthz").status == .ok)
        #expect(guarded.audited("refusals").contains { $0["code"] == "TOOMANYREQUESTS" && $0["caller"] == "ada" })
    }

    @Test func `guessing passwords is slow, and tokens are not held up by it`() async throws {
        let guarded = try GuardedStore()
        try guarded.add("ada", ["**:pull"])
        let token = try guarded.token(of: "ada")
        let server = try guarded.server { $0.access?.failedLoginsPerMinute = 2 }
        let path = "/v2/team/python/tags/list"
        // A password that was right is not asked about again.
        #expect(try await server.ask(.get, path, as: "ada", GuardedStore.password).status == .ok)
        for _ in 0..<2 { #expect(try await server.ask(.get, path, as: "ada", "wrong password").status == .unauthorized) }
        let refused = try await server.ask(.get, path, as: "bob", "wrong password")
        #expect(refused.status == .tooManyRequests && refused.headers[.retryAfter] == "30")
        #expect(try await server.ask(.get, path, as: "ada", GuardedStore.password).status == .ok)
        #expect(try await server.ask(.get, path, as: "ada", token.text).status == .ok)
        #expect(try await server.ask(.get, "/token", as: "ada", "wrong password").status == .tooManyRequests)
    }
}

@Suite struct ClientAddressTests {
    private func address(_ peer: String?, _ forwarded: String? = nil, proxies: [String] = ["10.0.0.0/8", "fd00::/8"]) -> ClientAddress {
        ClientAddress(peer: peer, forwardedFor: forwarded, isForwarded: false, proxies: proxies.compactMap { AddressRange($0) })
    }

    @Test(
        arguments: [
            ("192.0.2.1", nil, "192.0.2.1"), ("192.0.2.1", "198.51.100.7", "192.0.2.1"), ("10.1.2.3", "198.51.100.7", "198.51.100.7"),
            ("10.1.2.3", "203.0.113.9, 198.51.100.7", "198.51.100.7"), ("10.1.2.3", "203.0.113.9, 198.51.100.7, 10.9.9.9", "198.51.100.7"),
            ("10.1.2.3", "garbage", "10.1.2.3"), ("10.1.2.3", "203.0.113.9, garbage", "10.1.2.3"), ("10.1.2.3", "", "10.1.2.3"),
            ("10.1.2.3", "10.0.0.1, 10.0.0.2", "10.0.0.1"), ("fd00::1", "[2001:db8::7]:443", "2001:db8::7"),
            ("10.1.2.3", "198.51.100.7:1234", "198.51.100.7"), ("::ffff:10.1.2.3", "198.51.100.7", "198.51.100.7"),
        ] as [(String, String?, String)])
    func `only proxies that are named are believed`(peer: String, forwarded: String?, expected: String) {
        #expect(address(peer, forwarded).text == expected)
    }

    @Test func `neighbours in one network of IPv6 are one client`() {
        #expect(address("2001:db8:1:2::1").key == address("2001:db8:1:2:ffff::9").key)
        #expect(address("2001:db8:1:2::1").key != address("2001:db8:1:3::1").key)
        #expect(address("192.0.2.1").key != address("192.0.2.2").key)
    }

    @Test func `this machine is local when nothing stands between`() {
        #expect(address("127.0.0.1").isLocal && address("::1").isLocal)
        #expect(!address("127.0.0.1", "127.0.0.1").isLocal && !address("192.0.2.1").isLocal && !address(nil).isLocal)
        #expect(!ClientAddress(peer: "127.0.0.1", forwardedFor: nil, isForwarded: true, proxies: []).isLocal)
        #expect(!address("127.0.0.1", "127.0.0.1", proxies: ["127.0.0.1"]).isLocal)
    }

    @Test(arguments: ["", "10.0.0.0/33", "10.0.0.1/8", "::/129", "10.0.0", "10.0.0.0/", "10.0.0.0/-1", "localhost", "10.0.0.0/8/8"])
    func `what is no network is refused`(text: String) { #expect(AddressRange(text) == nil) }
}

@Suite struct MetricsTests {
    @Test(arguments: [
        ("/v2/", "base"), ("/v2", "base"), ("/v2/_catalog", "catalog"), ("/v2/a/b/manifests/x", "manifest"),
        ("/v2/a/blobs/sha256:0", "blob"),
        ("/v2/a/blobs/uploads/", "upload"), ("/v2/a/blobs/uploads/1-2", "upload"), ("/v2/a/tags/list", "tags"),
        ("/v2/a/referrers/sha256:0", "referrers"), ("/token", "token"), ("/", "page"), ("/images/a", "page"), ("/metrics", "metrics"),
        ("/healthz", "health"), ("/v2/a", "other"), ("/nonsense", "other"), ("/log/checkpoint", "log"),
    ])
    func `a path has a route`(path: String, route: String) { #expect(Metrics.Route(path).rawValue == route) }

    @Test func `labels are escaped, buckets add up`() {
        var text = MetricsText()
        text.family("x_seconds", .histogram, "Help.")
        var histogram = Metrics.Histogram()
        for seconds in [0.0001, 0.02, 0.02, 100] { histogram.add(seconds) }
        text.histogram("x_seconds", [("route", "a\"b\\c\nd")], histogram)
        let lines = text.text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "# HELP x_seconds Help." && lines[1] == "# TYPE x_seconds histogram")
        #expect(lines[2] == #"x_seconds_bucket{route="a\"b\\c\nd",le="0.0005"} 1"#)
        #expect(lines.contains(#"x_seconds_bucket{route="a\"b\\c\nd",le="0.025"} 3"#))
        #expect(lines.contains(#"x_seconds_bucket{route="a\"b\\c\nd",le="+Inf"} 4"#))
        #expect(lines.contains(#"x_seconds_count{route="a\"b\\c\nd"} 4"#))
    }

    @Test func `requests, pulls and refusals are counted`() async throws {
        let guarded = try GuardedStore()
        try guarded.add("ada", ["team/**:pull"])
        try guarded.add("root", ["**:admin"])
        let server = try guarded.server()
        for _ in 0..<2 { _ = try await server.ask(.get, "/v2/team/python/manifests/amd64", as: "ada", GuardedStore.password) }
        _ = try await server.ask(.get, "/v2/team/python/manifests/3.13", as: "ada", GuardedStore.password)
        _ = try await server.ask(.get, "/v2/other/tags/list", as: "ada", GuardedStore.password)
        #expect(try await server.ask(.get, "/metrics").status == .unauthorized)
        #expect(try await server.ask(.get, "/metrics", as: "ada", GuardedStore.password).status == .forbidden)
        let response = try await server.ask(.get, "/metrics", as: "root", GuardedStore.password)
        #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        let lines = Set(response.text.split(separator: "\n").map(String.init))
        #expect(lines.contains(#"ashlar_http_requests_total{route="manifest",method="GET",status="200"} 3"#))
        // The index is no pull of its own.
        #expect(lines.contains(#"ashlar_pulls_total{repository="team/python"} 2"#))
        #expect(lines.contains(#"ashlar_refusals_total{code="DENIED"} 2"#))
        #expect(lines.contains { $0.hasPrefix("ashlar_store_bytes ") && $0 != "ashlar_store_bytes 0" })
        #expect(lines.contains { $0.hasPrefix("process_resident_memory_bytes ") })
        // Every sample has a family, every family a help text.
        for line in lines where !line.hasPrefix("#") {
            let name = line.prefix { $0 != "{" && $0 != " " }
            let family = ["_bucket", "_sum", "_count"].reduce(String(name)) { $0.hasSuffix($1) ? String($0.dropLast($1.count)) : $0 }
            #expect(lines.contains { $0.hasPrefix("# TYPE \(family) ") }, "\(line)")
        }
    }

    @Test func `metrics can be opened to all, and a narrow token is no administrator`() async throws {
        let guarded = try GuardedStore()
        try guarded.add("root", ["**:admin"])
        let narrow = try guarded.token(of: "root", ["team/**:pull"])
        #expect(try await guarded.server { $0.metricsAudience = .everybody }.ask(.get, "/metrics").status == .ok)
        #expect(try await guarded.server().ask(.get, "/metrics", bearing: narrow.text).status == .forbidden)
    }
}

@Suite struct AuditTests {
    @Test func `refusals are kept with who and where, and without secrets`() async throws {
        let guarded = try GuardedStore()
        try guarded.add("ada", ["team/**:pull"])
        let server = try guarded.server()
        let secret = "not the right password"
        _ = try await server.ask(.get, "/v2/other/manifests/x?secret=abc", as: "ada", GuardedStore.password)
        let wrong = try await server.ask(.get, "/v2/team/python/tags/list", as: "ada", secret)
        _ = try await server.ask(.get, "/v2/team/python/tags/list")
        _ = try await server.ask(.get, "/v2/team/python/tags/list", as: "ada", GuardedStore.password)
        let refusals = guarded.audited("refusals")
        // Who shows nothing begins a conversation; who may is no news.
        #expect(refusals.count == 2)
        #expect(refusals[0]["caller"] == "ada" && refusals[0]["code"] == "DENIED" && refusals[0]["status"] == 403)
        #expect(refusals[0]["path"] == "/v2/other/manifests/x" && refusals[0]["method"] == "GET")
        #expect(refusals[1]["caller"] == "claimed:ada" && refusals[1]["code"] == "UNAUTHORIZED")
        #expect(refusals[1]["request"]?.string == wrong.headers[.requestID])
        #expect(refusals[1]["time"]?.string == guarded.now.description)
        let all = refusals.map(\.canonicalText).joined()
        #expect(!all.contains(secret) && !all.contains("abc") && !all.contains(Basic.header("ada", secret).dropFirst(6)))
        #expect(guarded.audited("writes").isEmpty)
    }
}
