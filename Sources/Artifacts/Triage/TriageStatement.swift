// SPDX-License-Identifier: Apache-2.0
package import Base
import Debian
package import VEX

/// What the catalog's people say about one vulnerability in one package: an entry of `vex/*.yaml`.
package struct TriageStatement: Hashable, Sendable {
    /// Where it is written.
    package var place: Place
    package var vulnerability: String
    /// Other names of the same vulnerability, sorted.
    package var aliases: [String]
    /// The images it is about; empty for every image that has the package.
    package var images: [String]
    /// Streams and variants of the image, as their tags begin: `3.13`, `3.13-dev`; empty for all.
    package var streams: [String]
    package var package: TriagePackage
    package var status: VEXStatus
    package var justification: VEXJustification?
    package var impact: String?
    package var action: String?
    package var notes: String?
    package var evidence: [TriageEvidence]
    package var author: String
    package var timestamp: Timestamp
    /// The day from which it no longer counts.
    package var expires: Timestamp

    package init(
        place: Place, vulnerability: String, aliases: [String], images: [String], streams: [String], package: TriagePackage,
        status: VEXStatus, justification: VEXJustification?, impact: String?, action: String?, notes: String?,
        evidence: [TriageEvidence], author: String, timestamp: Timestamp, expires: Timestamp
    ) {
        self.place = place
        self.vulnerability = vulnerability
        self.aliases = aliases
        self.images = images
        self.streams = streams
        self.package = package
        self.status = status
        self.justification = justification
        self.impact = impact
        self.action = action
        self.notes = notes
        self.evidence = evidence
        self.author = author
        self.timestamp = timestamp
        self.expires = expires
    }

    /// How it is named in messages: `catalog/vex/glibc.yaml:12:5: CVE-2025-1234 in source glibc`.
    package var title: String { "\(place): \(vulnerability) in \(package)" }

    /// Every name of the vulnerability.
    package var names: [String] { [vulnerability] + aliases }

    /// Whether it is about this image and stream (`3.13-dev`).
    package func concerns(image: String, stream: String) -> Bool {
        (images.isEmpty || images.contains(image)) && (streams.isEmpty || streams.contains(stream))
    }

    /// Whether a machine can find out that it holds.
    package var isProvable: Bool { evidence.contains(where: \.isProvable) }

    package func isExpired(at now: Timestamp) -> Bool { expires <= now }
}

/// The packages a statement is about: a source with its binaries, or one binary, in a range of versions.
package struct TriagePackage: Hashable, Sendable, CustomStringConvertible {
    package enum Name: Hashable, Sendable {
        /// All binaries made from it; versions are those of the source.
        case source(String)
        case binary(String)
    }
    package var name: Name
    package var versions: TriageVersions
    /// With a source: the binaries that may be met, no others. Empty leaves that open.
    package var binaries: [String]

    package init(name: Name, versions: TriageVersions, binaries: [String] = []) {
        self.name = name
        self.versions = versions
        self.binaries = binaries
    }

    package var description: String {
        switch name {
        case .source(let source): "the source \(source) \(versions)"
        case .binary(let binary): "the package \(binary) \(versions)"
        }
    }

    /// Whether an installed package is meant.
    package func covers(source: String, sourceVersion: String, binary: String, version: String) -> Bool {
        switch name {
        case .source(let name): source == name && versions.contains(sourceVersion)
        case .binary(let name): binary == name && versions.contains(version)
        }
    }

    /// The same, of any version.
    package func isNamed(source: String, binary: String) -> Bool {
        switch name {
        case .source(let name): source == name
        case .binary(let name): binary == name
        }
    }
}

/// Versions of a Debian package: some exactly, or from one up to, and without, another.
package enum TriageVersions: Hashable, Sendable, CustomStringConvertible {
    case exactly([String])
    case range(from: String?, before: String?)

    package var description: String {
        switch self {
        case .exactly(let versions): versions.joined(separator: " or ")
        case .range(let from?, let before?): "from \(from), before \(before)"
        case .range(let from?, nil): "from \(from)"
        case .range(nil, let before?): "before \(before)"
        case .range(nil, nil): "of any version"
        }
    }

    package func contains(_ text: String) -> Bool {
        // A version that Debian would refuse is in no range: what nobody can order, nobody has looked at.
        guard let version = try? DebianVersion(text) else { return false }
        switch self {
        case .exactly(let versions): return versions.contains { (try? DebianVersion($0)) == version }
        case .range(let from, let before):
            if let from {
                guard let bound = try? DebianVersion(from), bound <= version else { return false }
            }
            if let before {
                guard let bound = try? DebianVersion(before), version < bound else { return false }
            }
            return true
        }
    }

    /// Whether versions that do not exist yet are in it.
    package var isOpen: Bool { if case .range(_, nil) = self { true } else { false } }
}

/// Why a statement is true. Most kinds are proved by a machine over every image; the others are a person's word.
package enum TriageEvidence: Hashable, Sendable, CustomStringConvertible {
    /// No package of this name is in the image.
    case packageAbsent(String)
    /// No path matches the pattern.
    case pathAbsent(String)
    /// Nothing in the image loads the library of this soname or path.
    case libraryUnreachable(String)
    /// The dynamic symbol table of the files has no such symbol.
    case symbolAbsent(files: String, symbol: String)
    /// Only these architectures are affected.
    case onlyArchitectures([String])
    case review(String)
    case reference(String)

    package var isProvable: Bool {
        switch self {
        case .packageAbsent, .pathAbsent, .libraryUnreachable, .symbolAbsent, .onlyArchitectures: true
        case .review, .reference: false
        }
    }

    package var description: String {
        switch self {
        case .packageAbsent(let name): "the package \(name) is not there"
        case .pathAbsent(let pattern): "no path matches \(pattern)"
        case .libraryUnreachable(let library): "nothing loads \(library)"
        case .symbolAbsent(let files, let symbol): "\(files) has no symbol \(symbol)"
        case .onlyArchitectures(let names): "only \(names.joined(separator: ", ")) is affected"
        case .review(let text): "reviewed: \(text)"
        case .reference(let address): "see \(address)"
        }
    }
}

/// What came out when a piece of evidence was held against one platform of an image.
package struct TriageProof: Hashable, Sendable, Codable {
    package enum Outcome: String, Hashable, Sendable, Codable {
        case proved
        /// The image contradicts it.
        case refuted
        /// A person's word; nothing was tried.
        case stated
    }
    /// `linux/amd64`.
    package var platform: String
    package var evidence: String
    package var outcome: Outcome
    /// What was looked at, and what was found.
    package var detail: String
    /// What is taken for granted.
    package var assumptions: [String]
    package init(platform: String, evidence: String, outcome: Outcome, detail: String, assumptions: [String] = []) {
        self.platform = platform
        self.evidence = evidence
        self.outcome = outcome
        self.detail = detail
        self.assumptions = assumptions
    }
}
