// SPDX-License-Identifier: Apache-2.0
import Base
import Debian

/// Turns the failures of a search into the shortest reason a person can act on.
struct Explanation {
    private var search: Search
    init(_ search: Search) { self.search = search }

    /// The failure that is nearest to a request; the first of equals. A missing package goes before a conflict.
    func shortest(_ failures: [Search.Failure]) -> Refusal {
        let ranked = failures.enumerated().min { a, b in
            let left = (a.element.path.count, a.element.rejections.isEmpty ? 0 : 1, a.offset)
            let right = (b.element.path.count, b.element.rejections.isEmpty ? 0 : 1, b.offset)
            return left < right
        }
        guard let failure = ranked?.element else {
            return Refusal(owner: "the recipe", relation: "its packages", cause: .conflicts([]), chain: [])
        }
        return Refusal(
            owner: owner(of: failure.need), relation: failure.need.group.description, cause: cause(failure),
            chain: failure.path.map(line) + [line(failure.need)])
    }

    private func cause(_ failure: Search.Failure) -> Refusal.Cause {
        guard failure.rejections.isEmpty else {
            return .conflicts(failure.rejections.map { reason(option: $0.option, because: $0.because) })
        }
        // Nobody satisfies it: say what there is under the preferred name.
        var universe = search.universe
        guard let name = failure.need.group.alternatives.first?.name else { return .missing(nearest: nil) }
        let versions = universe.versions(of: name).map { number in
            let candidate = universe.candidates[number]
            return "\(candidate.version) (\(universe.archives[candidate.archive].archive))"
        }
        if !versions.isEmpty { return .otherVersions(versions) }
        let providers = universe.providers(of: name).map { universe.candidates[$0.candidate].name }
        if !providers.isEmpty { return .providedOtherwise(by: providers) }
        return .missing(nearest: universe.nearestName(to: name))
    }

    private func reason(option: Int, because other: Int) -> String {
        let candidate = search.universe.candidates[option]
        let obstacle = search.universe.candidates[other]
        if candidate.name == obstacle.name {
            return "\(candidate.name) \(candidate.version) is not \(obstacle.version), which was picked for something else"
        }
        return "\(named(candidate)) cannot stand beside \(named(obstacle))\(relation(between: option, and: other))"
    }

    // Quotes the field that forbids it: `: b 2 breaks a (<< 3)`.
    private func relation(between option: Int, and other: Int) -> String {
        var universe = search.universe
        for (one, two) in [(option, other), (other, option)] {
            for relation in (try? universe.conflicts(of: one)) ?? [] where (try? universe.matches(relation, two)) == true {
                return " (\(universe.candidates[one].name) conflicts with \(relation))"
            }
        }
        return ""
    }

    private func owner(of need: Need) -> String {
        need.owner.map { named(search.universe.candidates[$0]) } ?? need.layer ?? "the recipe"
    }
    private func line(_ need: Need) -> String {
        need.owner == nil ? "\(owner(of: need)) asks for \(need.group)" : "\(owner(of: need)) needs \(need.group)"
    }
    private func named(_ candidate: Candidate) -> String { "\(candidate.name) \(candidate.version)" }
}
