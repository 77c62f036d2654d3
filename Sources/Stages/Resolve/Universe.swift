// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Debian

/// One package version that could be picked.
struct Candidate {
    let name: String
    let version: DebianVersion
    let record: PackageRecord
    /// Place of its archive in the suite.
    let archive: Int
    let multiArch: MultiArch
}

/// A relation group that somebody needs, with everything that would satisfy it.
struct Need {
    /// The candidate whose field it is; nil for a request of the recipe.
    let owner: Int?
    let group: RelationGroup
    /// The layer that asks, when there is no owner.
    let layer: String?
    /// Candidates in the order of preference.
    let options: [Int]
    /// Excluded packages that would satisfy it: they count as being there.
    let excused: [String]
    /// All options are versions of one package.
    let isForced: Bool
}

/// The packages of one platform as the search sees them: archives merged, fields read once, everything numbered.
struct Universe {
    let archives: [ArchiveIndex]
    let architecture: String
    let excluded: Set<String>
    private(set) var candidates: [Candidate] = []
    private var byName: [String: [Int]] = [:]
    private var provided: [String: [Provider]] = [:]
    private var needsOf: [Int: [Need]] = [:]
    private var conflictsOf: [Int: [Relation]] = [:]
    private var providesOf: [Int: [Relation]] = [:]

    struct Provider {
        let candidate: Int
        let version: DebianVersion?
    }

    private let held: Set<PackageVersion>

    init(archives: [ArchiveIndex], architecture: String, excluded: Set<String>, held: Set<PackageVersion> = []) {
        self.held = held
        self.archives = archives
        self.architecture = architecture
        self.excluded = excluded
    }

    /// Every version of a package, the highest first; of equal ones only that of the first archive.
    mutating func versions(of name: String) -> [Int] {
        if let known = byName[name] { return known }
        var found: [Candidate] = []
        for (place, archive) in archives.enumerated() {
            for record in archive.index.candidates(named: name) where record.architecture == architecture || record.architecture == "all" {
                let version = record.version
                if found.contains(where: { $0.version == version }) { continue }
                if !held.isEmpty, held.contains(PackageVersion(name, version.description)) { continue }
                found.append(Candidate(name: name, version: version, record: record, archive: place, multiArch: record.multiArch))
            }
        }
        found.sort { $0.version > $1.version }
        let numbers = Array(candidates.count..<candidates.count + found.count)
        candidates += found
        byName[name] = numbers
        return numbers
    }

    /// Every package that provides a name: by priority, then by name, then the highest version.
    mutating func providers(of name: String) -> [Provider] {
        if let known = provided[name] { return known }
        var found: [Provider] = []
        for archive in archives {
            for (record, version) in archive.index.providers(of: name) {
                let recordVersion = record.version
                guard let candidate = versions(of: record.name).first(where: { candidates[$0].version == recordVersion }),
                    !found.contains(where: { $0.candidate == candidate && $0.version == version })
                else { continue }
                found.append(Provider(candidate: candidate, version: version))
            }
        }
        found.sort { a, b in
            let (left, right) = (candidates[a.candidate], candidates[b.candidate])
            let (leftRank, rightRank) = (Self.rank(left.record.priority), Self.rank(right.record.priority))
            if leftRank != rightRank { return leftRank < rightRank }
            return left.name != right.name ? left.name < right.name : left.version > right.version
        }
        provided[name] = found
        return found
    }

    /// What a candidate needs: Pre-Depends, then Depends, in the order of the fields.
    mutating func needs(of candidate: Int) throws(ResolveError) -> [Need] {
        if let known = needsOf[candidate] { return known }
        var needs: [Need] = []
        for field in [PackageRecord.RelationField.preDepends, .depends] {
            for group in try relations(candidate, field) {
                let alternatives = group.alternatives.filter { $0.applies(on: architecture) }
                if !alternatives.isEmpty { needs.append(need(RelationGroup(alternatives), owner: candidate, layer: nil)) }
            }
        }
        needsOf[candidate] = needs
        return needs
    }

    mutating func need(_ group: RelationGroup, owner: Int?, layer: String?) -> Need {
        var options: [Int] = []
        var excused: [String] = []
        for relation in group.alternatives {
            if excluded.contains(relation.name), !excused.contains(relation.name) { excused.append(relation.name) }
            for option in satisfiers(of: relation) {
                let name = candidates[option].name
                if excluded.contains(name) {
                    if !excused.contains(name) { excused.append(name) }
                } else if !options.contains(option) {
                    options.append(option)
                }
            }
        }
        let names = Set(options.map { candidates[$0].name })
        return Need(owner: owner, group: group, layer: layer, options: options, excused: excused, isForced: names.count <= 1)
    }

    /// Candidates that satisfy one alternative: packages of the name, then those that provide it.
    mutating func satisfiers(of relation: Relation) -> [Int] {
        var found = versions(of: relation.name).filter { candidate in
            accepts(relation.qualifier, candidates[candidate]) && relation.constraint?.holds(for: candidates[candidate].version) ?? true
        }
        for provider in providers(of: relation.name) where accepts(relation.qualifier, candidates[provider.candidate]) {
            if let constraint = relation.constraint {
                guard let version = provider.version, constraint.holds(for: version) else { continue }
            }
            found.append(provider.candidate)
        }
        return found
    }

    /// What a candidate cannot stand beside: Conflicts and Breaks.
    mutating func conflicts(of candidate: Int) throws(ResolveError) -> [Relation] {
        if let known = conflictsOf[candidate] { return known }
        var found: [Relation] = []
        for field in [PackageRecord.RelationField.conflicts, .breaks] {
            for group in try relations(candidate, field) {
                found += group.alternatives.filter { relation in
                    relation.applies(on: architecture)
                        && (relation.qualifier == nil || ["any", "native", architecture].contains(relation.qualifier))
                }
            }
        }
        conflictsOf[candidate] = found
        return found
    }

    mutating func provides(of candidate: Int) throws(ResolveError) -> [Relation] {
        if let known = providesOf[candidate] { return known }
        let found = try relations(candidate, .provides).flatMap(\.alternatives)
        providesOf[candidate] = found
        return found
    }

    /// Whether a Conflicts or Breaks relation means this candidate, by its own name or one it provides.
    mutating func matches(_ relation: Relation, _ candidate: Int) throws(ResolveError) -> Bool {
        if candidates[candidate].name == relation.name {
            return relation.constraint?.holds(for: candidates[candidate].version) ?? true
        }
        for provide in try provides(of: candidate) where provide.name == relation.name {
            guard let constraint = relation.constraint else { return true }
            if let version = provide.constraint, version.relation == .equal, constraint.holds(for: version.version) { return true }
        }
        return false
    }

    private func relations(_ candidate: Int, _ field: PackageRecord.RelationField) throws(ResolveError) -> [RelationGroup] {
        do throws(DebianError) {
            return try candidates[candidate].record.relations(field)
        } catch {
            throw .badPackage(candidates[candidate].name, error)
        }
    }

    // Indexes hold one architecture only, so a foreign one is never there; `:any` needs the package's consent.
    private func accepts(_ qualifier: String?, _ candidate: Candidate) -> Bool {
        switch qualifier {
        case nil, "native", architecture: return true
        case "any": return candidate.multiArch == .allowed || candidate.multiArch == .foreign
        default: return false
        }
    }

    private static func rank(_ priority: String) -> Int {
        ["required", "important", "standard", "optional"].firstIndex(of: priority) ?? 4
    }
}
