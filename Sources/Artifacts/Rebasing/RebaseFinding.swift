// SPDX-License-Identifier: Apache-2.0

/// What speaks against giving an image another base, or what its owner should know of it.
package struct RebaseFinding: Hashable, Sendable, Codable {
    package enum Weight: String, Hashable, Sendable, Codable {
        /// The rebase is refused.
        case refusal
        /// It is told.
        case note
    }
    /// `shadowed-file`: stable, documented in `docs/rebase.md`.
    package var rule: String
    package var weight: Weight
    /// `linux/amd64`; empty when it is about the image as a whole.
    package var platform: String
    /// Relative to the root; empty when it is about no file.
    package var path: String
    package var reason: String
    package var remedy: String
    package init(rule: String, weight: Weight = .refusal, platform: String = "", path: String = "", reason: String, remedy: String) {
        self.rule = rule
        self.weight = weight
        self.platform = platform
        self.path = path
        self.reason = reason
        self.remedy = remedy
    }

    /// One line for people: `shadowed-file  linux/amd64 /usr/lib/libssl.so.3: …`.
    package var text: String {
        let place = ([platform, path.isEmpty ? "" : "/" + path].filter { !$0.isEmpty }).joined(separator: " ")
        return rule + "  " + (place.isEmpty ? "" : place + ": ") + reason
    }
}

/// How far the version of the base may move. The default keeps major and minor.
package enum VersionStep: String, Hashable, Sendable, Codable, CaseIterable {
    case patch, minor, major
}
