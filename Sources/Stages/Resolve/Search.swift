// SPDX-License-Identifier: Apache-2.0
import Debian

/// Picks one version of every package that is needed, with conflict-directed backjumping.
///
/// Needs that leave no choice of package come first, so that a choice sees what is there already. A need that fails names the
/// decisions it failed because of; the search goes back to the last of those and leaves the others alone.
struct Search {
    var universe: Universe
    /// Decisions and refusals together; beyond it the search is given up.
    let stepLimit: Int
    private(set) var steps = 0

    /// Candidate of each package that is picked.
    private(set) var picked: [String: Int] = [:]
    /// Picked packages of which only files are taken: they pull nothing and conflict with nothing.
    private let partial: Set<String>
    /// Picked candidates in order.
    private var trail: [Int] = []
    /// The need for which each candidate was picked.
    private(set) var pickedFor: [Int: Need] = [:]
    private var forced = Agenda()
    private var open = Agenda()
    private var frames: [Frame] = []
    /// Who conflicts with a name, and who provides it, among the picked.
    private var conflictsByName: [String: [(owner: Int, relation: Relation)]] = [:]
    private var providersByName: [String: [Int]] = [:]
    /// Candidates that cannot be picked whatever else is, with the failures that show it.
    private var dead: [Int: [Int]] = [:]
    private(set) var failures: [Failure] = []

    /// A need none of whose options can be picked beside what was picked then.
    struct Failure {
        let need: Need
        /// Option -> the picked candidate that stands against it.
        let rejections: [(option: Int, because: Int)]
        /// Requests and owners from the first down to the need's owner.
        let path: [Need]
    }

    private struct Agenda {
        var needs: [Need] = []
        var head = 0
        mutating func next() -> Need? {
            guard head < needs.count else { return nil }
            head += 1
            return needs[head - 1]
        }
        mutating func restore(_ mark: (count: Int, head: Int)) {
            needs.removeLast(needs.count - mark.count)
            head = mark.head
        }
        var mark: (count: Int, head: Int) { (needs.count, head) }
    }

    private struct Frame {
        let need: Need
        var nextOption: Int
        /// Decisions because of which options were refused so far.
        var conflict: Set<Int>
        /// Failures behind those refusals.
        var causes: [Int]
        let trailMark: Int
        let forcedMark: (count: Int, head: Int)
        let openMark: (count: Int, head: Int)
    }

    enum Outcome {
        case solved
        /// The failures that together leave no solution.
        case refused([Failure])
        case gaveUp
    }

    /// A search that is over: these candidates are picked, by their names.
    init(_ universe: Universe, partial: Set<String>, picking picked: [String: Int]) {
        self.init(universe, partial: partial, stepLimit: 0)
        self.picked = picked
    }

    init(_ universe: Universe, partial: Set<String>, stepLimit: Int) {
        self.universe = universe
        self.partial = partial
        self.stepLimit = stepLimit
    }

    mutating func run(_ requests: [Need]) throws(ResolveError) -> Outcome {
        forced.needs = requests
        while let need = forced.next() ?? open.next() {
            if need.options.contains(where: isPicked) || !need.excused.isEmpty { continue }
            var frame = Frame(
                need: need, nextOption: 0, conflict: [], causes: [], trailMark: trail.count, forcedMark: forced.mark, openMark: open.mark)
            if try advance(&frame) {
                frames.append(frame)
            } else if try !backjump(from: frame) {
                return .refused(finalCauses.map { failures[$0] })
            }
            if steps > stepLimit { return .gaveUp }
        }
        return .solved
    }

    private var finalCauses: [Int] = []

    private func isPicked(_ candidate: Int) -> Bool { picked[universe.candidates[candidate].name] == candidate }

    // Picks the next option that can stand beside what is picked; false when there is none.
    private mutating func advance(_ frame: inout Frame) throws(ResolveError) -> Bool {
        var rejections: [(option: Int, because: Int)] = []
        let isFirst = frame.nextOption == 0
        while frame.nextOption < frame.need.options.count {
            let option = frame.need.options[frame.nextOption]
            frame.nextOption += 1
            steps += 1
            if let causes = dead[option] {
                frame.causes += causes
            } else if let obstacle = try obstacle(to: option) {
                frame.conflict.insert(obstacle)
                rejections.append((option, obstacle))
            } else {
                try pick(option, for: frame.need)
                return true
            }
        }
        if isFirst, frame.causes.isEmpty || !rejections.isEmpty {
            failures.append(Failure(need: frame.need, rejections: rejections, path: path(to: frame.need)))
            frame.causes.append(failures.count - 1)
        }
        return false
    }

    // Goes back to the last decision that the failure is due to; false when there is none.
    private mutating func backjump(from failed: Frame) throws(ResolveError) -> Bool {
        var conflict = failed.conflict
        var causes = failed.causes
        bury(failed.need.owner, conflict, causes)
        if let owner = failed.need.owner { conflict.insert(owner) }
        while var frame = frames.popLast() {
            undo(to: frame)
            let chosen = frame.need.options[frame.nextOption - 1]
            guard conflict.remove(chosen) != nil else { continue }
            frame.conflict.formUnion(conflict)
            frame.causes += causes
            if try advance(&frame) {
                frames.append(frame)
                return true
            }
            conflict = frame.conflict
            causes = frame.causes
            bury(frame.need.owner, conflict, causes)
            if let owner = frame.need.owner { conflict.insert(owner) }
        }
        finalCauses = causes
        return false
    }

    // A candidate one of whose needs fails because of nothing else will never do.
    private mutating func bury(_ owner: Int?, _ conflict: Set<Int>, _ causes: [Int]) {
        guard let owner, conflict.isEmpty || conflict == [owner] else { return }
        dead[owner] = causes
    }

    // The picked candidate beside which this one cannot stand.
    private mutating func obstacle(to candidate: Int) throws(ResolveError) -> Int? {
        let name = universe.candidates[candidate].name
        if let other = picked[name] { return other }
        if partial.contains(name) { return nil }
        for relation in try universe.conflicts(of: candidate) where relation.name != name {
            if let other = picked[relation.name], try stands(against: other, relation) { return other }
            for other in providersByName[relation.name] ?? [] where try stands(against: other, relation) { return other }
        }
        for (owner, relation) in conflictsByName[name] ?? [] where try universe.matches(relation, candidate) { return owner }
        for provide in try universe.provides(of: candidate) {
            for (owner, relation) in conflictsByName[provide.name] ?? [] where try universe.matches(relation, candidate) { return owner }
        }
        return nil
    }

    private mutating func stands(against other: Int, _ relation: Relation) throws(ResolveError) -> Bool {
        guard !partial.contains(universe.candidates[other].name) else { return false }
        return try universe.matches(relation, other)
    }

    private mutating func pick(_ candidate: Int, for need: Need) throws(ResolveError) {
        let name = universe.candidates[candidate].name
        picked[name] = candidate
        pickedFor[candidate] = need
        trail.append(candidate)
        guard !partial.contains(name) else { return }
        for provide in try universe.provides(of: candidate) { providersByName[provide.name, default: []].append(candidate) }
        for relation in try universe.conflicts(of: candidate) where relation.name != name {
            conflictsByName[relation.name, default: []].append((candidate, relation))
        }
        for need in try universe.needs(of: candidate) {
            if need.isForced { forced.needs.append(need) } else { open.needs.append(need) }
        }
    }

    private mutating func undo(to frame: Frame) {
        while trail.count > frame.trailMark {
            let candidate = trail.removeLast()
            let name = universe.candidates[candidate].name
            picked[name] = nil
            pickedFor[candidate] = nil
            guard !partial.contains(name) else { continue }
            // Both were read when it was picked, so they are known and cannot fail.
            for provide in (try? universe.provides(of: candidate)) ?? [] { providersByName[provide.name]?.removeLast() }
            for relation in (try? universe.conflicts(of: candidate)) ?? [] where relation.name != name {
                conflictsByName[relation.name]?.removeLast()
            }
        }
        forced.restore(frame.forcedMark)
        open.restore(frame.openMark)
    }

    /// The needs that lead from a request to this one's owner, the request first.
    func path(to need: Need) -> [Need] {
        var path: [Need] = []
        var owner = need.owner
        while let candidate = owner, let reason = pickedFor[candidate], path.count < 1000 {
            path.append(reason)
            owner = reason.owner
        }
        return path.reversed()
    }
}
