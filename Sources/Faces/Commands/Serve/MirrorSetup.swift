// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Foundation
import Logging
import Pipeline
import Publish
import Transport
import Web

/// From `serve.mirrors` of ashlar.yaml to mirrors, each with its own way out. Everything is checked before a port is opened.
enum MirrorSetup {
    /// Runs `body` with the mirrors, whose ways out are closed afterwards, whatever happened.
    static func with(
        _ configurations: [ServeConfiguration.Mirror], _ store: ServedStore, _ environment: [String: String], _ logger: Logger,
        _ body: (MirrorSet) async throws -> Void
    ) async throws {
        guard configurations.isEmpty || store.uploads != nil else {
            throw CommandError.badSetting(key: "serve.mirrors", expected: "a store that can be written", found: "one that cannot")
        }
        var transports: [LiveTransport] = []
        do {
            var mirrors: [PullThrough] = []
            for configuration in configurations {
                let upstream = try Upstream(configuration)
                let (rules, credentials) = (try upstream.rules, try upstream.credentials)
                let transport = try LiveTransport(try upstream.transport(try Network.settings(environment)))
                transports.append(transport)
                let client = RegistryClient(
                    registry: upstream.host, scheme: upstream.scheme, credentials: credentials, transport: transport)
                mirrors.append(
                    PullThrough(
                        rules: rules, client: client, records: store.records, blobs: store.blobs, clock: CatalogServer.systemClock,
                        offload: CatalogServer.offload, onEvent: { log($0, logger) }))
            }
            try await body(MirrorSet(mirrors))
        } catch {
            for transport in transports { await transport.shutdown() }
            throw error
        }
        for transport in transports { await transport.shutdown() }
    }

    private static func log(_ event: MirrorEvent, _ logger: Logger) {
        switch event {
        case .kept(let repository, let digest, let bytes):
            logger.info("mirrored", metadata: ["repository": "\(repository)", "digest": "\(digest)", "bytes": "\(bytes)"])
        case .quarantined(let repository, let reference, let digest):
            logger.notice(
                "in quarantine", metadata: ["repository": "\(repository)", "reference": "\(reference)", "digest": "\(digest)"])
        case .servedStale(let repository, let reference, let reason):
            logger.warning(
                "served what was remembered", metadata: ["repository": "\(repository)", "reference": "\(reference)", "reason": "\(reason)"])
        case .broken(let repository, let reason):
            logger.error("a mirrored registry sent something else", metadata: ["repository": "\(repository)", "reason": "\(reason)"])
        }
    }
}

/// Another registry, as `serve.mirrors` writes it.
struct Upstream {
    let configuration: ServeConfiguration.Mirror
    let scheme: RegistryScheme
    /// With the port, when one is written.
    let host: String
    private let path: String

    init(_ configuration: ServeConfiguration.Mirror) throws {
        self.configuration = configuration
        let isPlain = configuration.upstream.hasPrefix("http://")
        let rest = configuration.upstream.dropFirst(isPlain ? 7 : 8)
        scheme = isPlain ? .http : .https
        host = String(rest.prefix { $0 != "/" }).lowercased()
        path = rest.dropFirst(host.count).split(separator: "/").joined(separator: "/")
    }

    var rules: MirrorRules {
        get throws {
            let patterns = try configuration.allow.map { text in
                guard let pattern = RepositoryPattern(text) else {
                    throw CommandError.badSetting(
                        key: "serve.mirrors.allow", expected: "patterns such as library/* or team/**", found: text)
                }
                return pattern
            }
            var rules = MirrorRules(prefix: configuration.prefix, upstream: host) { name in patterns.contains { $0.matches(name) } }
            rules.path = path
            rules.quarantine = try configuration.quarantine.map(Age.seconds) ?? 0
            rules.freshness = try configuration.fresh.map(Age.seconds) ?? rules.freshness
            rules.isOffline = configuration.isOffline
            rules.blobLimit = configuration.blobGigabytes << 30
            return rules
        }
    }

    var credentials: RegistryCredentials? {
        get throws { try configuration.credentials.map { try RegistryLogins(file: $0).credentials(for: host) } }
    }

    /// The way to this registry: proxies as the surroundings say, passwords from its own file alone, and nowhere else than there and
    /// where it may lead.
    func transport(_ surroundings: TransportSettings) throws -> TransportSettings {
        var settings = surroundings
        settings.credentials = TransportSettings().credentials
        settings.confinement = try Confinement(home: "\(scheme.rawValue)://\(host)")
        // Somebody waits for the answer.
        settings.retries = RetryPolicy(attempts: 2, shortest: .milliseconds(200), longest: .seconds(2))
        settings.connectTimeout = min(settings.connectTimeout, .seconds(5))
        settings.connectionsPerHost = 16
        if let path = configuration.authorities {
            guard let pem = FileManager.default.contents(atPath: path) else {
                throw CommandError.badSetting(key: "serve.mirrors.ca", expected: "a PEM file that this user may read", found: path)
            }
            settings.additionalAuthorities = (settings.additionalAuthorities ?? []) + Array(pem)
        }
        return settings
    }
}
