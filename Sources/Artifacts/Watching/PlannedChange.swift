// SPDX-License-Identifier: Apache-2.0
package import Base

/// A version of a binary package.
package struct PackageVersion: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package var name: String
    package var version: String
    package init(_ name: String, _ version: String) {
        self.name = name
        self.version = version
    }
    package var description: String { "\(name) \(version)" }
    package static func < (a: PackageVersion, b: PackageVersion) -> Bool { (a.name, a.version) < (b.name, b.version) }
}

/// What a change does to one package of an image.
package struct PackageChange: Hashable, Sendable, Codable {
    package var name: String
    /// nil when it is new.
    package var from: String?
    /// nil when it goes.
    package var to: String?
    package var source: String
    /// Where the new version is from: `trixie-security`.
    package var archive: String
    package var isSecurity: Bool
    /// Findings of the image that the new version ends, sorted.
    package var fixes: [String]
    package init(name: String, from: String?, to: String?, source: String, archive: String, isSecurity: Bool, fixes: [String]) {
        self.name = name
        self.from = from
        self.to = to
        self.source = source
        self.archive = archive
        self.isSecurity = isSecurity
        self.fixes = fixes
    }
    package var version: PackageVersion? { to.map { PackageVersion(name, $0) } }
}

/// What is to be done about an image for which the archive has something else than its lock, and why.
package struct PlannedChange: Hashable, Sendable, Codable {
    package enum Decision: Hashable, Sendable, Codable {
        case now
        /// Its versions are too new; from then on they are taken.
        case after(Timestamp)
        /// A person takes it.
        case propose
        /// The last day of the freeze.
        case frozen(until: String)
        case pinned

        package var word: String {
            switch self {
            case .now: "now"
            case .after: "after"
            case .propose: "propose"
            case .frozen: "frozen"
            case .pinned: "pinned"
            }
        }
        package var text: String {
            switch self {
            case .after(let date): "after \(date.dateText)"
            case .frozen(let until): "frozen until \(until)"
            case .now, .propose, .pinned: word
            }
        }
    }

    /// `python:3.13`.
    package var image: String
    /// Of the lock that it leads to.
    package var lock: Digest
    package var decision: Decision
    /// In words, for people.
    package var reason: String
    package var isSecurity: Bool
    /// Of all platforms, each once, sorted by name.
    package var packages: [PackageChange]
    /// The difference of the locks as it reads in a pull request.
    package var summary: String

    package init(
        image: String, lock: Digest, decision: Decision, reason: String, isSecurity: Bool, packages: [PackageChange], summary: String = ""
    ) {
        self.image = image
        self.lock = lock
        self.decision = decision
        self.reason = reason
        self.isSecurity = isSecurity
        self.packages = packages
        self.summary = summary
    }

    /// The findings it ends, sorted.
    package var fixes: [String] { Set(packages.flatMap(\.fixes)).sorted() }
    /// When it may be tried first; nil when nothing but a person moves it on.
    package func due(from now: Timestamp) -> Timestamp? {
        switch decision {
        case .now, .propose: now
        case .after(let date): date
        case .frozen(let until): Timestamp(date: until).map { Timestamp(seconds: $0.seconds + 86400) }
        case .pinned: nil
        }
    }
}
