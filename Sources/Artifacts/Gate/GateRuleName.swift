// SPDX-License-Identifier: Apache-2.0

/// The names of what the gate looks at: what a reason, an exception and `docs/gate.md` call it.
package enum GateRuleName: String, Hashable, Sendable, Codable, CaseIterable {
    case incompleteData = "incomplete-data"
    case malicious
    case exploited
    case severity
    case age
    case endOfLife = "end-of-life"
    case secrets
    case shells
    case packageManagers = "package-managers"
    case setuid
    case licences
    case expiredException = "expired-exception"
    case unusedException = "unused-exception"

    /// One sentence for documents and reports.
    package var summary: String {
        switch self {
        case .incompleteData: "Every feed that the rules need is there, whole and fresh."
        case .malicious: "No package is known to be malicious."
        case .exploited: "No flaw that is known to be exploited is left open."
        case .severity: "No more findings of a severity than the gate allows."
        case .age: "No finding is open for longer than its severity allows."
        case .endOfLife: "Nothing in the image is without support."
        case .secrets: "No private key, token or password is in a file."
        case .shells: "No shell is in the image."
        case .packageManagers: "No package manager is in the image."
        case .setuid: "No file has a setuid or setgid bit, or capabilities."
        case .licences: "Every package may be had under a licence that is accepted."
        case .expiredException: "No exception has expired."
        case .unusedException: "Every exception covers something."
        }
    }

    /// What an exception may be about; the last two are about exceptions themselves.
    package static let excepted: [GateRuleName] = allCases.filter { $0 != .expiredException && $0 != .unusedException }

    /// The hardening rules whose results answer it.
    package var hardening: [RuleName] {
        switch self {
        case .secrets: [.noSecrets]
        case .shells: [.noShell]
        case .packageManagers: [.noPackageManager]
        case .setuid: [.noSetuid, .noFileCapabilities]
        default: []
        }
    }
}
