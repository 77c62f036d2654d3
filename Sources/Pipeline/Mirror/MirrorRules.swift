// SPDX-License-Identifier: Apache-2.0

/// What a mirror may fetch, from where, and how long it waits before it believes something new.
package struct MirrorRules: Sendable {
    /// Repositories below this name are mirrored: `docker.io` for `docker.io/library/alpine`.
    package var prefix: String
    /// The other registry, for people: `registry.example:5000`.
    package var upstream: String
    /// What stands before the repositories' names over there; empty for none.
    package var path = ""
    /// Whether a repository may be mirrored, by its name below the prefix.
    package var isAllowed: @Sendable (String) -> Bool
    /// Seconds between the first sight of content and when it may be pulled.
    package var quarantine = 0
    /// Seconds for which an answer about a tag or a list is believed.
    package var freshness = 600
    /// Nothing is asked over there: only what is here is served.
    package var isOffline = false
    /// Bytes of one blob.
    package var blobLimit = 16 << 30

    package init(prefix: String, upstream: String, isAllowed: @escaping @Sendable (String) -> Bool) {
        self.prefix = prefix
        self.upstream = upstream
        self.isAllowed = isAllowed
    }
}

/// The mirrors of a server, found by the name of a repository.
package struct MirrorSet: Sendable {
    package let mirrors: [PullThrough]

    package init(_ mirrors: [PullThrough]) {
        // The longest name that fits is meant.
        self.mirrors = mirrors.sorted { ($0.rules.prefix.utf8.count, $0.rules.prefix) > ($1.rules.prefix.utf8.count, $1.rules.prefix) }
    }

    package func mirror(of repository: String) -> PullThrough? {
        mirrors.first { repository.hasPrefix($0.rules.prefix + "/") || repository == $0.rules.prefix }
    }
}

/// Something a mirror did that its operator may want to read.
package enum MirrorEvent: Hashable, Sendable {
    case kept(repository: String, digest: String, bytes: Int)
    /// Content was seen for the first time and must wait.
    case quarantined(repository: String, reference: String, digest: String)
    case servedStale(repository: String, reference: String, reason: String)
    /// The other registry sent something that is not what was asked for.
    case broken(repository: String, reason: String)
}
