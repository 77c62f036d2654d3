// SPDX-License-Identifier: Apache-2.0
// https://www.debian.org/doc/debian-policy/ch-relationships.html

/// How two versions must compare. The deprecated `<` and `>` mean `<=` and `>=`, as they do to dpkg.
package enum RelationOperator: String, Hashable, Sendable, CaseIterable {
    case earlier = "<<"
    case earlierOrEqual = "<="
    case equal = "="
    case laterOrEqual = ">="
    case later = ">>"

    /// Whether `version` stands in this relation to `bound`.
    package func holds(_ version: DebianVersion, _ bound: DebianVersion) -> Bool {
        let order = DebianVersion.compare(version, bound)
        switch self {
        case .earlier: return order < 0
        case .earlierOrEqual: return order <= 0
        case .equal: return order == 0
        case .laterOrEqual: return order >= 0
        case .later: return order > 0
        }
    }
}

/// `(>= 2.41)`.
package struct VersionConstraint: Hashable, Sendable, CustomStringConvertible {
    package var relation: RelationOperator
    package var version: DebianVersion
    package init(_ relation: RelationOperator, _ version: DebianVersion) {
        self.relation = relation
        self.version = version
    }
    package func holds(for candidate: DebianVersion) -> Bool { relation.holds(candidate, version) }
    package var description: String { "(\(relation.rawValue) \(version))" }
}

/// One alternative of a relationship field: `libc6:any (>= 2.41) [amd64 !i386]`. Build profiles are read over.
package struct Relation: Hashable, Sendable, CustomStringConvertible {
    package var name: String
    /// `any`, `native` or an architecture; nil when nothing is said.
    package var qualifier: String?
    package var constraint: VersionConstraint?
    /// `amd64`, `!i386`, `linux-any`; empty when the relation holds everywhere.
    package var architectures: [String]

    package init(_ name: String, qualifier: String? = nil, _ constraint: VersionConstraint? = nil, architectures: [String] = []) {
        self.name = name
        self.qualifier = qualifier
        self.constraint = constraint
        self.architectures = architectures
    }

    /// Whether the restriction list lets the relation hold on this architecture (Policy 7.1).
    package func applies(on architecture: String) -> Bool {
        guard let first = architectures.first else { return true }
        let isNegative = first.hasPrefix("!")
        let isNamed = architectures.contains { entry in
            let plain = entry.hasPrefix("!") ? entry.dropFirst() : entry[...]
            return plain == architecture || plain == "any" || plain == "linux-any" || plain == "any-\(architecture)"
        }
        return isNamed != isNegative
    }

    package var description: String {
        var text = name
        if let qualifier { text += ":\(qualifier)" }
        if let constraint { text += " \(constraint)" }
        if !architectures.isEmpty { text += " [\(architectures.joined(separator: " "))]" }
        return text
    }
}

/// What stands between two commas: alternatives of which one must hold, the preferred first. Never empty.
package struct RelationGroup: Hashable, Sendable, CustomStringConvertible {
    package var alternatives: [Relation]
    package init(_ alternatives: [Relation]) { self.alternatives = alternatives }
    package var description: String { alternatives.map(\.description).joined(separator: " | ") }

    /// Reads a whole field: `libc6 (>= 2.41), mawk | gawk`. Empty groups, as after a last comma, are read over.
    package static func parse(_ text: String) throws(DebianError) -> [RelationGroup] {
        var copy = text
        return try copy.withRawUTF8 { (bytes) throws(DebianError) in try parse(bytes) }
    }

    /// The same over the bytes of a field.
    package static func parse(_ bytes: UnsafeRawBufferPointer) throws(DebianError) -> [RelationGroup] {
        var scanner = RelationScanner(bytes)
        var groups: [RelationGroup] = []
        while let raw = try scanner.next() {
            let relation = try Relation(raw, in: bytes)
            if raw.isAlternative, !groups.isEmpty {
                groups[groups.count - 1].alternatives.append(relation)
            } else {
                groups.append(RelationGroup([relation]))
            }
        }
        return groups
    }
}

extension Relation {
    init(_ raw: RelationScanner.Raw, in bytes: UnsafeRawBufferPointer) throws(DebianError) {
        name = String(decoding: bytes[raw.name], as: UTF8.self)
        qualifier = raw.qualifier.isEmpty ? nil : String(decoding: bytes[raw.qualifier], as: UTF8.self)
        constraint = nil
        architectures = []
        if let relation = raw.relation {
            constraint = VersionConstraint(relation, try DebianVersion(String(decoding: bytes[raw.version], as: UTF8.self)))
        }
        if !raw.architectures.isEmpty {
            architectures = bytes[raw.architectures].split { $0 == 0x20 || (0x09...0x0D).contains($0) }
                .map { String(decoding: $0, as: UTF8.self) }
        }
    }
}

extension String {
    /// `withUTF8` that keeps the type of the error and gives raw bytes.
    mutating func withRawUTF8<Result>(_ body: (UnsafeRawBufferPointer) throws(DebianError) -> Result) throws(DebianError) -> Result {
        var outcome: Swift.Result<Result, DebianError>?
        withUTF8 { buffer in
            do throws(DebianError) {
                outcome = .success(try body(UnsafeRawBufferPointer(buffer)))
            } catch {
                outcome = .failure(error)
            }
        }
        guard let outcome else { throw .tooLarge(what: "bytes in a text", limit: 0) }
        return try outcome.get()
    }
}
