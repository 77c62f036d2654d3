// SPDX-License-Identifier: Apache-2.0
package import Base

/// One step on the way from something in an image back to a line of a recipe, and what was checked on it.
package struct ChainLink: Hashable, Sendable {
    /// `layer`, `package`, `lock`, `provenance`, `index`, `recipe`.
    package var name: String
    package var subject: String
    /// What was found to be so, one line each.
    package var checked: [String]
    /// Why the chain ends here; nil for a good link.
    package var problem: String?
    package var kind: Diagnosis.Kind?
    /// Whether what was asked for is not in the image, rather than a link that should be there.
    package var isAnswer = false

    /// How a chain that ends with this link ends.
    package var end: ChainEnd {
        guard let problem else { return .whole }
        return isAnswer ? .absent(problem) : .broken(problem)
    }
}

/// How a chain ends.
package enum ChainEnd: Hashable, Sendable {
    case whole
    /// There is nothing to explain: the image does not have it. Nothing that vouches for the image is wrong.
    case absent(String)
    /// Something that vouches for the next link is missing or says something else.
    case broken(String)
}

/// From something in an image back to a line of a recipe: each link was verified before the next was looked at.
package struct TrustChain: Hashable, Sendable {
    package var question: String
    package var links: [ChainLink]
    package var isWhole: Bool { links.allSatisfy { $0.problem == nil } }
    /// What kind of failure broke it: nothing was there, or something else than what was vouched for.
    package var failure: Diagnosis.Kind? { links.lazy.compactMap(\.kind).first }
    package var end: ChainEnd { links.lazy.map(\.end).first { $0 != .whole } ?? .whole }

    package var json: JSON {
        var isAbsent = false
        if case .absent = end { isAbsent = true }
        return [
            "question": JSON(question), "whole": .bool(isWhole), "absent": .bool(isAbsent),
            "links": .array(
                links.map {
                    [
                        "name": JSON($0.name), "subject": JSON($0.subject), "checked": JSON($0.checked),
                        "problem": $0.problem.map { JSON($0) } ?? .null,
                    ]
                }),
        ]
    }
}

/// A chain that is being walked.
struct ChainWalk {
    /// The chain has ended: nothing behind a broken link is worth looking at.
    struct Broken: Error {}

    private(set) var links: [ChainLink] = []

    /// Takes one step. What it throws is the chain's end, and is kept with the link.
    mutating func step<Result>(
        _ name: String, _ subject: String, _ body: (_ note: (String) -> Void) async throws -> Result
    ) async throws -> Result {
        var checked: [String] = []
        do {
            let result = try await body { checked.append($0) }
            links.append(ChainLink(name: name, subject: subject, checked: checked))
            return result
        } catch let error as any Diagnosable {
            let problem = ([error.diagnosis.summary] + error.diagnosis.notes).joined(separator: "; ")
            var link = ChainLink(name: name, subject: subject, checked: checked, problem: problem, kind: error.diagnosis.kind)
            if case .nothing = error as? ChainError { link.isAnswer = true }
            links.append(link)
            throw Broken()
        }
    }
}

extension ChainWalk {
    /// Tries what may turn out to be no link at all; only its failure is one.
    mutating func attempt<Result>(_ name: String, _ subject: String, _ body: () async throws -> Result) async throws -> Result {
        do { return try await body() } catch let error as any Diagnosable {
            return try await step(name, subject) { _ in throw error }
        }
    }
}

/// Why a link does not hold.
package enum ChainError: Diagnosable {
    /// What was asked for is not in the image; names that are near.
    case nothing(String, place: String, near: [String])
    case absent(String, place: String)
    case differs(what: String, expected: String, found: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .nothing(let what, let place, let near):
            Diagnosis(
                "explain.nothing", .notFound,
                "\(place) has no \(what)" + (near.isEmpty ? "" : "; did you mean \(near.joined(separator: " or "))?"),
                remedy: "see what is there: ashlar explain IMAGE --layer 1, or 2, …")
        case .absent(let what, let place):
            Diagnosis(
                "explain.absent", .notFound, "\(place) has no \(what)", remedy: "see what is there: ashlar explain IMAGE --layer 1, or 2, …"
            )
        case .differs(let what, let expected, let found):
            Diagnosis(
                "explain.differs", .untrusted, "\(what) is not what vouches for it says",
                remedy: "do not use the image: what is in it is not what was signed", notes: ["expected \(expected)", "found \(found)"])
        }
    }
}
