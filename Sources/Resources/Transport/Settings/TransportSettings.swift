// SPDX-License-Identifier: Apache-2.0

/// Everything the way out depends on, as one value that was checked once.
package struct TransportSettings: Sendable {
    /// The proxy for `http://` addresses, asked with the absolute address.
    package var httpProxy: ProxyAddress?
    /// The proxy for `https://` addresses, asked to CONNECT.
    package var httpsProxy: ProxyAddress?
    package var withoutProxy: NoProxyList
    /// PEM certificates that are trusted instead of the system's.
    package var authorities: [UInt8]?
    /// PEM certificates that are trusted besides.
    package var additionalAuthorities: [UInt8]?
    package var credentials: Credentials
    /// Until a connection stands, TLS included.
    package var connectTimeout: Duration
    /// Longest silence while an answer is awaited or read.
    package var readTimeout: Duration
    /// For one try as a whole: a server that sends a byte now and then ends here.
    package var attemptTimeout: Duration
    package var connectionsPerHost: Int
    package var redirectLimit: Int
    package var retries: RetryPolicy
    package var userAgent: String
    /// Where requests may go at all; nil when only redirects from https to http are refused.
    package var confinement: Confinement?

    package init() {
        httpProxy = nil
        httpsProxy = nil
        withoutProxy = NoProxyList("")
        authorities = nil
        additionalAuthorities = nil
        credentials = Credentials([])
        connectTimeout = .seconds(20)
        readTimeout = .seconds(30)
        attemptTimeout = .seconds(1800)
        connectionsPerHost = 6
        redirectLimit = 5
        retries = RetryPolicy()
        userAgent = "ashlar"
        confinement = nil
    }

    /// Reads HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY (small letters win), SSL_CERT_FILE, ASHLAR_CA_FILE, ASHLAR_AUTH_FILE,
    /// ASHLAR_TIMEOUT_SECONDS (for a connection, and for a silence) and apt's auth.conf files. `readFile` gives nil for a file that is absent or not readable by us.
    package static func fromEnvironment(
        _ environment: [String: String], readFile: (String) -> [UInt8]?, listFolder: (String) -> [String] = { _ in [] }
    ) throws(TransportError) -> TransportSettings {
        var settings = TransportSettings()
        // A CGI server passes a request's Proxy header as HTTP_PROXY: then only the small letters are ours.
        let isCGI = environment["REQUEST_METHOD"] != nil
        func proxy(_ name: String) throws(TransportError) -> ProxyAddress? {
            let capital = isCGI && name == "http_proxy" ? nil : environment[name.uppercased()]
            let text = environment[name] ?? capital ?? environment["all_proxy"] ?? environment["ALL_PROXY"] ?? ""
            return text.isEmpty ? nil : try ProxyAddress(text, variable: name.uppercased())
        }
        settings.httpProxy = try proxy("http_proxy")
        settings.httpsProxy = try proxy("https_proxy")
        settings.withoutProxy = NoProxyList(environment["no_proxy"] ?? environment["NO_PROXY"] ?? "")

        func certificates(_ variable: String) throws(TransportError) -> [UInt8]? {
            guard let path = environment[variable], !path.isEmpty else { return nil }
            guard let bytes = readFile(path) else {
                throw .setting(variable, reason: "no readable file \(path)", remedy: "set \(variable) to a PEM file, or unset it")
            }
            return bytes
        }
        settings.authorities = try certificates("SSL_CERT_FILE")
        settings.additionalAuthorities = try certificates("ASHLAR_CA_FILE")

        if let text = environment["ASHLAR_TIMEOUT_SECONDS"], !text.isEmpty {
            guard let seconds = Int(text), (1...3600).contains(seconds) else {
                throw .setting(
                    "ASHLAR_TIMEOUT_SECONDS", reason: text.prefix(20).debugDescription,
                    remedy: "set it to whole seconds, 1 to 3600, or unset it")
            }
            settings.connectTimeout = .seconds(seconds)
            settings.readTimeout = .seconds(seconds)
        }

        var entries: [Credentials.Entry] = []
        if let path = environment["ASHLAR_AUTH_FILE"], !path.isEmpty {
            guard let bytes = readFile(path) else {
                throw .setting("ASHLAR_AUTH_FILE", reason: "no readable file \(path)", remedy: "set it to a file in apt's auth.conf form")
            }
            entries += try Credentials.parse(bytes, file: path)
        }
        let folder = "/etc/apt/auth.conf.d"
        let parts = listFolder(folder).filter { $0.hasSuffix(".conf") && !$0.hasPrefix(".") }.sorted().map { "\(folder)/\($0)" }
        for path in ["/etc/apt/auth.conf"] + parts {
            if let bytes = readFile(path) { entries += try Credentials.parse(bytes, file: path) }
        }
        settings.credentials = Credentials(entries)
        return settings
    }
}

/// How often and how late a request that failed for a passing reason is tried again.
package struct RetryPolicy: Sendable {
    /// Tries in a row that bring nothing new before the error is told.
    package var attempts: Int
    package var shortest: Duration
    package var longest: Duration
    /// A number from 0 up to 1; the pause is half fixed and half this.
    package var jitter: @Sendable () -> Double
    package var sleep: @Sendable (Duration) async throws -> Void

    package init(
        attempts: Int = 5, shortest: Duration = .milliseconds(500), longest: Duration = .seconds(20),
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.attempts = attempts
        self.shortest = shortest
        self.longest = longest
        self.jitter = jitter
        self.sleep = sleep
    }

    /// The pause before try number `attempt` + 1. `wished` is the server's Retry-After; it is followed up to `longest`.
    func pause(after attempt: Int, wished: Duration? = nil) -> Duration {
        let doubled = shortest * (1 << min(max(attempt - 1, 0), 16))
        let bounded = min(doubled, longest)
        let jittered = bounded * 0.5 + bounded * 0.5 * min(max(jitter(), 0), 1)
        return max(jittered, min(wished ?? .zero, longest))
    }
}
