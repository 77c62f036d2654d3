// SPDX-License-Identifier: Apache-2.0

/// What `notify:` in ashlar.yaml says about who is told what. No secret stands in it: files do.
package struct NotifyConfiguration: Sendable {
    package struct Webhook: Sendable {
        package var url: String?
        package var urlFile: String?
        package var secretFile = ""
        package var authorities: String?
    }
    package struct Slack: Sendable {
        package var urlFile = ""
        package var authorities: String?
    }
    package struct Mail: Sendable {
        package var relay = ""
        package var from = ""
        package var to: [String] = []
        package var loginFile: String?
        package var authorities: String?
        package init() {}
    }
    package struct Receiver: Sendable {
        package var name = ""
        package var webhook: Webhook?
        package var slack: Slack?
        package var mail: Mail?
        package var events: [String] = []
        package var images: [String] = []
        package var severity = EventSeverity.info.rawValue
        package init() {}
    }

    /// The address at which people and programs find this catalog.
    package var address: String?
    package var giveUpDays = 3
    package var receivers: [Receiver] = []
    package init() {}
}

/// The keys of `notify:` in ashlar.yaml.
enum NotifyShape {
    static let notify = RecordShape<NotifyConfiguration>(
        name: "notify", title: "who is told what",
        keys: [
            .optional(
                "address", \.address, .text(.home),
                "Where this catalog is found: https://images.example. Stands in messages as their source and before their links."),
            .optional(
                "give-up-days", \.giveUpDays, .integer(1...30),
                "How long a receiver that does not answer is tried, from the first try of each message; 3 when left out."),
            .optional(
                "receivers", \.receivers, .list(of: receiver.shape, named: "a list of receivers", unique: ("receiver", { $0.name })),
                "Whom to tell."),
        ], empty: { NotifyConfiguration() })

    private static let receiver = RecordShape<NotifyConfiguration.Receiver>(
        name: "receiver", title: "a receiver",
        keys: [
            .required("name", \.name, .text(.name), "What it is called here. With another name it is another receiver."),
            .optional("webhook", \.webhook, webhook.shape, "A server that takes signed events (CloudEvents)."),
            .optional("slack", \.slack, slack.shape, "A webhook that takes messages as Slack does."),
            .optional("mail", \.mail, mail.shape, "People who are written to."),
            .optional(
                "events", \.events, .list(of: .choice("event", EventKind.allCases.map(\.rawValue)), named: "a list of events", minimum: 1),
                "Which events; all when left out."),
            .optional(
                "images", \.images, .list(of: .text(.images), named: "a list of patterns", minimum: 1),
                "Events about which images: python, team/**. All, and what is about no image, when left out."),
            .optional(
                "severity", \.severity, .choice("severity", EventSeverity.allCases.map(\.rawValue)),
                "From which severity on; info, which is everything, when left out."),
        ], empty: { NotifyConfiguration.Receiver() },
        check: { receiver, node, reader in
            let ways = [receiver.webhook != nil, receiver.slack != nil, receiver.mail != nil].count { $0 }
            guard ways != 1 else { return }
            reader.report(
                .contradiction(
                    node.place, expected: "one of webhook, slack and mail in a receiver",
                    found: ways == 0 ? "none in \(receiver.name)" : "\(ways) in \(receiver.name)",
                    fix: ways == 0 ? "add one of them" : "make a receiver of each"))
        })

    private static let webhook = RecordShape<NotifyConfiguration.Webhook>(
        name: "notifyWebhook", title: "a webhook",
        keys: [
            .optional("url", \.url, .text(.receiverAddress), "Its address; http on this machine only."),
            .optional("url-file", \.urlFile, .text(.line), "A file with its address, when that is a secret itself."),
            .required(
                "secret-file", \.secretFile, .text(.line),
                "A file with the secret that signs: whsec_ and 24 to 64 bytes as base64. Nobody else may read it."),
            .optional("ca", \.authorities, .text(.line), "PEM file of CAs that are trusted for it besides the system's."),
        ], empty: { NotifyConfiguration.Webhook() },
        check: { webhook, node, reader in
            guard (webhook.url == nil) == (webhook.urlFile == nil) else { return }
            reader.report(
                .contradiction(
                    node.place, expected: "url or url-file", found: webhook.url == nil ? "neither" : "both",
                    fix: webhook.url == nil ? "add url" : "remove one of them"))
        })

    private static let slack = RecordShape<NotifyConfiguration.Slack>(
        name: "notifySlack", title: "a Slack-compatible webhook",
        keys: [
            .required("url-file", \.urlFile, .text(.line), "A file with its address, which is a secret. Nobody else may read it."),
            .optional("ca", \.authorities, .text(.line), "PEM file of CAs that are trusted for it besides the system's."),
        ], empty: { NotifyConfiguration.Slack() })

    private static let mail = RecordShape<NotifyConfiguration.Mail>(
        name: "notifyMail", title: "mail",
        keys: [
            .required(
                "relay", \.relay, .text(.relay),
                "The server that takes mail: smtps://HOST[:465], smtp://HOST[:587] with STARTTLS; without TLS on this machine only."),
            .required("from", \.from, .text(.mailbox), "The sender's address."),
            .required("to", \.to, .list(of: .text(.mailbox), named: "a list of addresses", minimum: 1), "The receivers' addresses."),
            .optional(
                "login-file", \.loginFile, .text(.line),
                "A file with a user's name in its first line and the password in its second. Nobody else may read it."),
            .optional("ca", \.authorities, .text(.line), "PEM file of CAs that are trusted for it besides the system's."),
        ], empty: { NotifyConfiguration.Mail() })
}

extension TextRule {
    /// An address to send to, also when it stands in a file.
    static let receiverAddress = TextRule(
        expected: "an https address (http on this machine only), without user and password",
        pattern: #"(?:https://[A-Za-z0-9.\[\]:_-]+|http://(?:127\.0\.0\.1|localhost|\[::1\]):[0-9]+)(?:[/?][!-"$-\[\]-~]*)?"#, limit: 2000)
    fileprivate static let home = TextRule(
        expected: "an address such as https://images.example", pattern: #"https?://[A-Za-z0-9.\[\]:_-]+(?:/[A-Za-z0-9._~/-]*)?"#, limit: 500
    )
    fileprivate static let images = TextRule(
        expected: "a pattern of image names such as python or team/**",
        pattern: #"(?:\*\*|[a-z0-9._-]*(?:\*[a-z0-9._-]+)*\*?)(?:/(?:\*\*|[a-z0-9._-]*(?:\*[a-z0-9._-]+)*\*?))*"#, limit: 255)
    fileprivate static let relay = TextRule(
        expected: "the address of a mail relay such as smtps://mail.example or smtp://mail.example:587",
        pattern: #"smtps?://(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?"#, limit: 300)
    fileprivate static let mailbox = TextRule(
        expected: "a mail address such as ops@example.org",
        pattern: #"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"#, limit: 254)
}

extension NotifyConfiguration {
    /// Whether a text, read from a file, is an address that may be sent to.
    package static func isAddress(_ text: String) -> Bool {
        var reader = Reader()
        return TextRule.receiverAddress.problem(with: text, &reader) == nil
    }
}
