// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base

/// Observation -> PlannedChange: whether a change flows now, later, or by a person's hand. No effects, no clock.
package struct ChangePlanner: Sendable {
    let policy: ChangePolicy
    let now: Timestamp

    package init(policy: ChangePolicy, now: Timestamp) {
        self.policy = policy
        self.now = now
    }

    /// What becomes of the rest when a change was made smaller than what the archive gives.
    package enum Remainder: Hashable, Sendable {
        case none
        /// Resolved without these, which wait.
        case waiting([PackageChange])
        /// These are too new or pinned, and the archive does not have the versions that they replace any more.
        case inseparable([PackageChange])
    }

    /// Changes that must not be taken yet: too new, of pinned packages, or of a kind that may not flow by itself. A security fix takes
    /// none of these along.
    package func held(_ changes: [PackageChange], firstSeen: [PackageVersion: Timestamp]) -> [PackageChange] {
        let bringsFix = changes.contains(where: \.isSecurity)
        return changes.filter {
            policy.pin(of: $0.name, on: now) != nil || ripens($0, firstSeen) > now || bringsFix && barrier(to: $0) != nil
        }
    }

    /// What keeps an update that is no security fix from flowing by itself, in words; what goes away is not kept.
    private func barrier(to change: PackageChange) -> String? {
        guard !change.isSecurity, change.version != nil else { return nil }
        switch policy.other {
        case .off: return "is left alone as `updates:` asks"
        case .propose: return "is for a person, as `updates:` asks"
        case .auto: return policy.freeze(on: now, security: false).map { "is frozen until \($0.until)" }
        }
    }

    /// Whether a lock with only some of the changes is one that may be used in place of the whole.
    package func isUsable(_ changes: [PackageChange]) -> Bool { !changes.contains(where: \.isStepBack) }

    /// The decision about an observation.
    ///
    /// - Parameter remainder: What was left out of it, for the reason.
    package func plan(_ seen: Observation, lock: Digest, remainder: Remainder = .none) -> PlannedChange {
        let changes = seen.changes
        let isSecurity = changes.contains(where: \.isSecurity)
        let (decision, reason) = decide(changes, isSecurity, seen.firstSeen, remainder)
        return PlannedChange(
            image: seen.image, lock: lock, decision: decision, reason: reason + rest(remainder, seen.firstSeen), isSecurity: isSecurity,
            packages: changes)
    }

    /// What is published of an image is not what its lock says: somebody reviewed another.
    package func reviewed(_ image: String, lock: Digest, packages: [PackageChange], isFirst: Bool) -> PlannedChange {
        PlannedChange(
            image: image, lock: lock, decision: .now,
            reason: isFirst ? "its lock was never published" : "its lock in the catalog is another than that of its release",
            isSecurity: packages.contains(where: \.isSecurity), packages: packages)
    }

    // MARK: - Decisions

    private func decide(
        _ changes: [PackageChange], _ isSecurity: Bool, _ firstSeen: [PackageVersion: Timestamp], _ remainder: Remainder
    ) -> (PlannedChange.Decision, String) {
        let what = isSecurity ? Self.security(changes) : Self.count(changes.count, "update")
        let manner = isSecurity ? policy.security : policy.other
        if manner == .off { return (.pinned, "\(what), which `updates:` leaves alone (off)") }
        let pinned = changes.compactMap { change in policy.pin(of: change.name, on: now).map { (change, $0) } }
        if let (change, pin) = pinned.first {
            return (.pinned, "\(what); \(change.name) is pinned\(pin.until.map { " until \($0)" } ?? ""): \(pin.reason)")
        }
        if let freeze = policy.freeze(on: now, security: isSecurity) {
            return (.frozen(until: freeze.until), "\(what); frozen until \(freeze.until): \(freeze.reason)")
        }
        if let back = changes.first(where: \.isStepBack) {
            return (
                .propose,
                "\(what); the archive gives \(back.name) \(back.to ?? "") instead of \(back.from ?? ""), and a step back is taken by a person"
            )
        }
        let unripe = changes.filter { ripens($0, firstSeen) > now }
        if let first = unripe.map({ ripens($0, firstSeen) }).min(), !isSecurity {
            return (.after(first), "\(what); \(Self.names(unripe)) seen less than \(Self.count(policy.cooldownDays, "day")) ago")
        }
        if manner == .propose { return (.propose, "\(what), proposed as `updates:` asks") }
        return (.now, isSecurity ? what : "\(what), seen \(Self.count(policy.cooldownDays, "day")) ago or more")
    }

    private func rest(_ remainder: Remainder, _ firstSeen: [PackageVersion: Timestamp]) -> String {
        switch remainder {
        case .none: return ""
        case .inseparable(let changes):
            return "; with it \(Self.names(changes)), without which it cannot be had: their earlier versions have left the archive"
        case .waiting(let changes):
            let pinned = changes.filter { policy.pin(of: $0.name, on: now) != nil }
            let others = changes.filter { policy.pin(of: $0.name, on: now) == nil }
            let young = others.filter { barrier(to: $0) == nil }
            var text = others.compactMap { change in barrier(to: change).map { "; \(change.name) \($0)" } }.joined()
            if let last = young.map({ ripens($0, firstSeen) }).max() {
                text += "; \(Self.names(young)) \(young.count == 1 ? "waits" : "wait") until \(last.dateText)"
            }
            if !pinned.isEmpty { text += "; \(Self.names(pinned)) \(pinned.count == 1 ? "is" : "are") pinned" }
            return text
        }
    }

    /// When a change may be taken: at once when it is a security fix or takes a package away.
    private func ripens(_ change: PackageChange, _ firstSeen: [PackageVersion: Timestamp]) -> Timestamp {
        guard !change.isSecurity, let version = change.version else { return now }
        // A sight from the future is of a clock that was wrong.
        let first = min(firstSeen[version] ?? now, now)
        return Timestamp(seconds: first.seconds + policy.cooldownDays * 86400)
    }

    // MARK: - Words

    private static func security(_ changes: [PackageChange]) -> String {
        let fixing = changes.filter(\.isSecurity)
        let advisories = Set(fixing.flatMap(\.fixes)).sorted()
        let named = advisories.isEmpty ? "" : " for \(shortened(advisories))"
        let sources = Set(fixing.map(\.source)).sorted()
        return "security \(sources.count == 1 ? "fix" : "fixes") of \(shortened(sources))\(named)"
    }

    private static func names(_ changes: [PackageChange]) -> String { shortened(changes.map { $0.version?.description ?? $0.name }) }

    private static func shortened(_ names: [String]) -> String {
        names.prefix(4).joined(separator: ", ") + (names.count > 4 ? " and \(names.count - 4) more" : "")
    }

    private static func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
}
