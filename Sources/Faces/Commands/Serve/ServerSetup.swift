// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Foundation
import Journal
import Tokens
import Web

/// From settings and options to what the server is given. Everything is checked here, before a port is opened.
struct ServerSetup {
    /// What the command line said.
    struct Options {
        var host: String?
        var port: Int?
        var publicName: String?
        var certificate: String?
        var key: String?
        var isPlainHTTPAllowed: Bool
    }

    var server: CatalogServer.Settings
    private let scheme: String

    /// - Parameter notice: Is told what an operator should know.
    init(_ settings: Settings, _ options: Options, transport: (any HTTPTransport)?, notice: (String) -> Void) throws {
        let serve = settings.serve
        let host = Self.host(serve, options)
        let isLoopback = Self.isLoopback(host)
        server = CatalogServer.Settings(
            host: host, port: options.port ?? serve.port ?? 8080,
            publicKey: FileManager.default.contents(atPath: settings.publicKeyFile).map(Array.init),
            publicName: options.publicName ?? serve.publicName)
        server.keyDocument = { [folder = settings.keys] document in
            try? InputFile.read("\(folder)/\(document.rawValue)", limit: 4 << 20)
        }
        if let name = server.publicName { try Self.checkName(name) }
        server.identity = try Self.identity(options, serve.tls)
        scheme = server.identity == nil ? "http" : "https"
        try Self.checkHost(serve, options)
        server.version = Version.text
        server.warnBefore = settings.warnBefore
        server.sourceAddress = settings.imprint.source
        server.limits.connections = min(serve.limits.connections, max(64, OpenFiles.limit - 256))
        server.limits.perAddress = serve.limits.connectionsPerAddress
        server.rates = RequestRates(
            anonymous: serve.limits.anonymousRequestsPerSecond, account: serve.limits.accountRequestsPerSecond)
        server.proxies = try serve.proxies.map { text in
            guard let range = AddressRange(text) else {
                throw CommandError.badSetting(key: "serve.proxies", expected: "an address or network such as 10.0.0.0/8", found: text)
            }
            return range
        }
        server.metricsAudience = MetricsAudience(rawValue: serve.metrics) ?? .local
        server.access = AccessSettings(
            anonymous: try Self.grants(serve.anonymous ?? (isLoopback ? ["**:pull"] : []), key: "serve.anonymous"),
            seal: try TokenKeyFile.seal(store: settings.store, notice: notice),
            providers: try serve.oidc.map { try Self.provider($0, transport) }, tokenLifetime: serve.tokenMinutes * 60,
            failedLoginsPerMinute: serve.limits.failedLoginsPerMinute)
        server.audit = try Self.audit(serve.audit, store: settings.store, notice: notice)
        if serve.anonymous == nil, !isLoopback { notice("nobody may pull without logging in; serve.anonymous in ashlar.yaml changes that") }
    }

    /// Lets everybody who reaches the server push and delete: for tests and for one's own machine.
    mutating func openForPushes() throws {
        guard Self.isLoopback(server.host) else {
            throw CommandError.badOption(
                "--open-push", found: server.host, expected: "a loopback address, since it lets everybody who reaches it push",
                nearest: nil,
                fix: "leave it out, and let others push with accounts and tokens (docs/access.md)")
        }
        server.access?.anonymous += try Self.grants(["**:pull,push,delete"], key: "--open-push")
    }

    /// Refuses to speak plain HTTP to other machines unless that was said to be meant.
    static func checkHost(_ serve: ServeConfiguration, _ options: Options) throws {
        let hasTLS = options.certificate != nil || options.key != nil || serve.tls != nil
        let host = host(serve, options)
        guard hasTLS || isLoopback(host) || options.isPlainHTTPAllowed || serve.plainHTTPBeyondLoopback else {
            throw CommandError.exposedHost(host, place: options.host == nil ? "serve.host in \(Settings.fileName):" : "--host")
        }
    }

    private static func host(_ serve: ServeConfiguration, _ options: Options) -> String { options.host ?? serve.host ?? "127.0.0.1" }
    private static func isLoopback(_ host: String) -> Bool { ["127.0.0.1", "::1", "localhost"].contains(host) }

    /// Where the server is, for people.
    var address: @Sendable (_ port: Int) -> String {
        let (scheme, host) = (scheme, server.host)
        return { port in "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)/" }
    }

    private static func identity(_ options: Options, _ tls: ServeConfiguration.TLS?) throws -> TLSIdentity? {
        switch (options.certificate ?? tls?.certificate, options.key ?? tls?.key) {
        case (let certificate?, let key?): return try TLSIdentity(certificate: certificate, key: key)
        case (nil, nil): return nil
        default: throw CommandError.badSetting(key: "serve.tls", expected: "a certificate and its key", found: "one of them")
        }
    }

    static func grants(_ texts: [String], key: String) throws -> [Grant] {
        try texts.map { text in
            guard let grant = Grant(text) else {
                throw CommandError.badSetting(key: key, expected: "rights such as team/**:pull,push", found: text)
            }
            return grant
        }
    }

    private static func provider(_ issuer: ServeConfiguration.Issuer, _ transport: (any HTTPTransport)?) throws -> IdentityProvider {
        guard let transport else {
            throw CommandError.badSetting(key: "serve.oidc", expected: "a way to fetch keys", found: "none")
        }
        let rules = try issuer.rules.map { rule in
            guard let made = IdentityProvider.Rule(claims: rule.claims, grants: try grants(rule.grants, key: "serve.oidc.rules")) else {
                throw CommandError.badSetting(key: "serve.oidc.rules.claims", expected: "at least one claim", found: "none")
            }
            return made
        }
        return IdentityProvider(
            issuer: issuer.issuer, audience: issuer.audience, keys: issuer.keys.map(keyAddress), rules: rules, transport: transport)
    }

    private static func keyAddress(_ text: String) -> String {
        guard !text.hasPrefix("https://"), !text.hasPrefix("http://"), !text.hasPrefix("file://") else { return text }
        return URL(filePath: text).absoluteString
    }

    private static func audit(_ audit: ServeConfiguration.Audit, store: String, notice: (String) -> Void) throws -> AuditTrail? {
        guard audit.enabled else { return nil }
        let limits = FileJournal.Limits(size: audit.megabytes << 20, files: audit.files)
        if let folder = audit.folder { return try AuditTrail(folder: folder, limits: limits) }
        do { return try AuditTrail(folder: store + "/audit", limits: limits) } catch {
            // A store on a read-only mount takes no writes either.
            guard !FileManager.default.isWritableFile(atPath: store) else { throw error }
            notice("no audit trail is kept, since the store cannot be written; serve.audit.folder names another place")
            return nil
        }
    }

    private static func checkName(_ name: String) throws {
        guard name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && ![0x22, 0x2F, 0x5C].contains($0) }) else {
            throw CommandError.badSetting(key: "serve.public-name", expected: "HOST or HOST:PORT", found: name)
        }
    }
}
