// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Foundation
import Pipeline
import Records
import Tokens
import Transport

/// From `notify:` of ashlar.yaml to receivers, each with its own way out. Everything is checked before anything is sent, and secrets are
/// read from files that nobody else may read.
enum ReceiverSetup {
    /// Runs `body` with what delivers, whose ways out are closed afterwards; with no receivers when none are configured.
    static func with<Result: Sendable>(
        _ settings: Settings, _ records: RecordStore, _ environment: [String: String], _ body: (Notifier) async throws -> Result
    ) async throws -> Result {
        let notify = settings.notify ?? NotifyConfiguration()
        var transports: [LiveTransport] = []
        let result: Swift.Result<Result, any Error>
        do {
            var receivers: [Receiver] = []
            for configuration in notify.receivers { receivers.append(try receiver(configuration, environment, &transports)) }
            let notifier = Notifier(
                records: records, receivers: receivers, writer: EventWriter(address: notify.address), patience: notify.giveUpDays * 86400,
                clock: Workshop.now)
            result = .success(try await body(notifier))
        } catch { result = .failure(error) }
        for transport in transports { await transport.shutdown() }
        return try result.get()
    }

    private static func receiver(
        _ configuration: NotifyConfiguration.Receiver, _ environment: [String: String], _ transports: inout [LiveTransport]
    ) throws -> Receiver {
        let patterns = try configuration.images.map { text in
            guard let pattern = RepositoryPattern(text) else {
                throw CommandError.badSetting(key: "notify.receivers.images", expected: "patterns such as python or team/**", found: text)
            }
            return pattern
        }
        return Receiver(
            configuration.name, by: try way(configuration, environment, &transports),
            kinds: Set(configuration.events.compactMap(EventKind.init)), images: patterns,
            severity: EventSeverity(rawValue: configuration.severity) ?? .info)
    }

    private static func way(
        _ configuration: NotifyConfiguration.Receiver, _ environment: [String: String], _ transports: inout [LiveTransport]
    ) throws -> Receiver.Way {
        if let webhook = configuration.webhook {
            guard let secret = WebhookSecret(try Passphrase.read(webhook.secretFile)) else {
                throw CommandError.badSetting(
                    key: "notify.receivers.webhook.secret-file", expected: "whsec_ and 24 to 64 bytes as base64 in \(webhook.secretFile)",
                    found: "something else; `ashlar notify secret` makes one")
            }
            let url = try webhook.urlFile.map { try address(in: $0) } ?? webhook.url ?? ""
            return .webhook(url: url, secret: secret, transport: try transport(webhook.authorities, environment, &transports))
        }
        if let slack = configuration.slack {
            return .slack(url: try address(in: slack.urlFile), transport: try transport(slack.authorities, environment, &transports))
        }
        let mail = configuration.mail ?? NotifyConfiguration.Mail()
        let login = try mail.loginFile.map { file in
            guard let login = RelayLogin(try Passphrase.read(file)) else {
                throw CommandError.badSetting(
                    key: "notify.receivers.mail.login-file", expected: "a name and a password in two lines of \(file)",
                    found: "something else"
                )
            }
            return login
        }
        let relay = try SMTPRelay(
            try RelayAddress(mail.relay), login: login, authorities: try authorities(mail.authorities, environment))
        return .mail(from: try MailAddress(mail.from), to: try mail.to.map { try MailAddress($0) }, relay: relay)
    }

    private static func address(in file: String) throws -> String {
        let text = try Passphrase.read(file)
        guard NotifyConfiguration.isAddress(text) else {
            throw CommandError.badSetting(
                key: "notify.receivers.url-file", expected: "one https address in \(file)", found: "something else")
        }
        return text
    }

    /// The way to a receiver: proxies as the surroundings say, no passwords of mirrors, no redirects, and one try, since the outbox knows
    /// of the next.
    private static func transport(
        _ authorities: String?, _ environment: [String: String], _ transports: inout [LiveTransport]
    ) throws -> LiveTransport {
        var settings = try Network.settings(environment)
        settings.credentials = TransportSettings().credentials
        settings.redirectLimit = 0
        settings.retries = RetryPolicy(attempts: 1)
        settings.connectTimeout = min(settings.connectTimeout, .seconds(10))
        settings.readTimeout = min(settings.readTimeout, .seconds(20))
        settings.attemptTimeout = .seconds(60)
        settings.additionalAuthorities = try Self.authorities(authorities, environment)
        let transport = try LiveTransport(settings)
        transports.append(transport)
        return transport
    }

    /// Those of the surroundings, and those of the receiver.
    private static func authorities(_ file: String?, _ environment: [String: String]) throws -> [UInt8]? {
        let common = try Network.settings(environment).additionalAuthorities
        guard let file else { return common }
        guard let pem = FileManager.default.contents(atPath: file) else {
            throw CommandError.badSetting(key: "notify.receivers.ca", expected: "a PEM file that this user may read", found: file)
        }
        return (common ?? []) + Array(pem)
    }
}
