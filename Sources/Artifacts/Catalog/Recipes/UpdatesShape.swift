// SPDX-License-Identifier: Apache-2.0

/// `updates:` of one file, before it is laid over those below it.
struct UpdatesDraft: Sendable {
    var security: ChangePolicy.Manner?
    var other: ChangePolicy.Manner?
    var cooldownDays: Int?
    var freezes: [ChangePolicy.Freeze] = []
    var pins: [ChangePolicy.Pin] = []

    /// Single values replace, lists grow.
    func laid(over policy: ChangePolicy) -> ChangePolicy {
        var policy = policy
        if let security { policy.security = security }
        if let other { policy.other = other }
        if let cooldownDays { policy.cooldownDays = cooldownDays }
        policy.freezes += freezes
        for pin in pins {
            policy.pins.removeAll { $0.package == pin.package }
            policy.pins.append(pin)
        }
        return policy
    }
}

/// The keys below `updates`.
enum UpdatesShape {
    static let updates = RecordShape<UpdatesDraft>(
        name: "updates", title: "the updates",
        keys: [
            .optional(
                "security", \.security, manner,
                "What happens to security fixes: auto (when left out) publishes at once, propose writes the lock change for review, off leaves it."
            ),
            .optional(
                "other", \.other, manner, "What happens to all other updates after the cooldown: auto (when left out), propose or off."),
            .optional(
                "cooldown-days", \.cooldownDays, .integer(0...365),
                "How many days a version that is no security fix must have been seen before it is taken; 7 when left out."),
            .optional(
                "freeze", \.freezes, .list(of: freeze.shape, named: "a list of freezes"),
                "Days on which nothing flows, each with its reason."),
            .optional(
                "pin", \.pins, .list(of: pin.shape, named: "a list of pins", unique: ("pin", \.package)),
                "Packages that stay at the version of the lock, each with its reason."),
        ], empty: { UpdatesDraft() })

    private static let manner = Shape.choice("manner", ChangePolicy.Manner.allCases.map(\.rawValue)).map {
        ChangePolicy.Manner(rawValue: $0) ?? .auto
    }

    private static let freeze = RecordShape<ChangePolicy.Freeze>(
        name: "freeze", title: "a freeze",
        keys: [
            .required("from", \.from, .text(.day), "Its first day: 2026-12-18."),
            .required("until", \.until, .text(.day), "Its last day."),
            .required("reason", \.reason, .text(.reason), "Why nothing may change."),
            .optional(
                "security", \.security,
                Shape.choice("word", ChangePolicy.Freeze.Security.allCases.map(\.rawValue)).map {
                    ChangePolicy.Freeze.Security(rawValue: $0) ?? .flows
                }, "Whether security fixes flow all the same: flows (when left out) or waits."),
        ], empty: { ChangePolicy.Freeze(from: "", until: "", reason: "") },
        check: { freeze, node, reader in
            guard freeze.from > freeze.until else { return }
            reader.report(
                .contradiction(
                    node.place, expected: "until not before from", found: "from \(freeze.from) until \(freeze.until)",
                    fix: "correct one of the two days"))
        })

    private static let pin = RecordShape<ChangePolicy.Pin>(
        name: "pin", title: "a pin",
        keys: [
            .required("package", \.package, .text(.packageName), "The binary package."),
            .required("reason", \.reason, .text(.reason), "Why it stays."),
            .optional("until", \.until, .text(.day), "The last day on which it holds; without end when left out."),
        ], empty: { ChangePolicy.Pin(package: "", reason: "") })
}
