// SPDX-License-Identifier: Apache-2.0
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
package import Base
import Crypto

/// The secret that a sender of webhooks and one receiver share: `whsec_` and 24 to 64 bytes as base64.
package struct WebhookSecret: Sendable, CustomStringConvertible {
    private let key: SymmetricKey
    package static let prefix = "whsec_"

    /// Nil for everything else, also for what is too short to be a secret.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), text.utf8.count <= 200,
            let bytes = Base64.decode(String(text.dropFirst(Self.prefix.utf8.count))),
            (24...64).contains(bytes.count)
        else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// What a message is sent with: its name, its time against replays, and HMAC-SHA256 over both and the body.
    ///
    /// - Parameter id: the same in every try; without dots.
    package func headers(id: String, at time: Timestamp, body: [UInt8]) -> [String: String] {
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(id).\(time.seconds).".utf8) + body, using: key)
        return [
            "webhook-id": id, "webhook-timestamp": "\(time.seconds)", "webhook-signature": "v1," + Base64.encode(Array(code)),
        ]
    }

    package var description: String { "a secret" }

    /// A new one, as it stands in a file.
    package static func generate(using generator: inout some RandomNumberGenerator) -> String {
        prefix + Base64.encode((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
}
