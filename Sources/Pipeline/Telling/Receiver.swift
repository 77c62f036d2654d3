// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import Tokens
package import Transport

/// Somebody who is told what happens: the way there with what it needs, and what they want to hear.
package struct Receiver: Sendable {
    package enum Way: Sendable {
        case webhook(url: String, secret: WebhookSecret, transport: any HTTPTransport)
        case slack(url: String, transport: any HTTPTransport)
        case mail(from: MailAddress, to: [MailAddress], relay: any MailRelay)

        package var name: String {
            switch self {
            case .webhook: "webhook"
            case .slack: "slack"
            case .mail: "mail"
            }
        }
    }

    package let name: String
    package let way: Way
    /// Empty is every kind.
    let kinds: Set<EventKind>
    /// Empty is everything, also what is about no image.
    let images: [RepositoryPattern]
    let severity: EventSeverity

    package init(
        _ name: String, by way: Way, kinds: Set<EventKind> = [], images: [RepositoryPattern] = [], severity: EventSeverity = .info
    ) {
        self.name = name
        self.way = way
        self.kinds = kinds
        self.images = images
        self.severity = severity
    }

    package func wants(_ event: CatalogEvent) -> Bool {
        guard event.severity >= severity, kinds.isEmpty || kinds.contains(event.kind) else { return false }
        guard !images.isEmpty else { return true }
        return event.image.map { image in images.contains { $0.matches(image) } } ?? false
    }
}
