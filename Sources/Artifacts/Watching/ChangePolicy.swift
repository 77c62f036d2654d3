// SPDX-License-Identifier: Apache-2.0
package import Base

/// What may flow into an image by itself, and when: `updates:` of its recipe and the profiles below it.
package struct ChangePolicy: Hashable, Sendable, Codable {
    package enum Manner: String, Hashable, Sendable, Codable, CaseIterable {
        /// Built, checked, signed and published.
        case auto
        /// Written down as a change of the lock for a person to take.
        case propose
        /// Left alone.
        case off
    }

    /// Days, both included, on which nothing flows.
    package struct Freeze: Hashable, Sendable, Codable {
        package enum Security: String, Hashable, Sendable, Codable, CaseIterable { case flows, waits }
        package var from: String
        package var until: String
        package var reason: String
        package var security: Security
        package init(from: String, until: String, reason: String, security: Security = .flows) {
            self.from = from
            self.until = until
            self.reason = reason
            self.security = security
        }
    }

    /// A package that stays at the version of the lock.
    package struct Pin: Hashable, Sendable, Codable {
        package var package: String
        package var reason: String
        /// The last day on which it holds; nil without end.
        package var until: String?
        package init(package: String, reason: String, until: String? = nil) {
            self.package = package
            self.reason = reason
            self.until = until
        }
    }

    /// Of security fixes.
    package var security: Manner
    /// Of everything else.
    package var other: Manner
    /// How long a version that is no security fix must have been in the archive before it is taken.
    package var cooldownDays: Int
    package var freezes: [Freeze]
    package var pins: [Pin]

    package static let standard = ChangePolicy()
    package static let defaultCooldownDays = 7

    package init(
        security: Manner = .auto, other: Manner = .auto, cooldownDays: Int = defaultCooldownDays, freezes: [Freeze] = [],
        pins: [Pin] = []
    ) {
        self.security = security
        self.other = other
        self.cooldownDays = cooldownDays
        self.freezes = freezes
        self.pins = pins
    }

    /// The freeze that holds a change back on a day; of several that which lasts longest.
    package func freeze(on now: Timestamp, security isSecurity: Bool) -> Freeze? {
        let day = now.dateText
        return freezes.filter { $0.from <= day && day <= $0.until && !(isSecurity && $0.security == .flows) }.max { $0.until < $1.until }
    }

    package func pin(of package: String, on now: Timestamp) -> Pin? {
        let day = now.dateText
        return pins.first { $0.package == package && $0.until.map { day <= $0 } ?? true }
    }
}
