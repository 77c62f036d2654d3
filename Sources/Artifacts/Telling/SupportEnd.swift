// SPDX-License-Identifier: Apache-2.0
package import Base

/// The end of somebody's support for a part of an image: near, or over.
package struct SupportEnd: Hashable, Sendable, Codable {
    package enum Stage: String, Hashable, Sendable, Codable { case near, over }

    /// `python 3.13`, `debian 13`.
    package let product: String
    package let stage: Stage
    /// The day; nil when it is only said that support has ended.
    package let day: String?
    /// Who says so: `the recipe`, `endoflife.date`.
    package let source: String

    /// For people: `debian 13 is supported until 2028-08-09`.
    package var text: String {
        switch (stage, day) {
        case (.near, let day?): "\(product) is supported until \(day) only"
        case (.near, nil): "the support of \(product) is about to end"
        case (.over, let day?): "the support of \(product) ended on \(day)"
        case (.over, nil): "the support of \(product) has ended"
        }
    }
}

extension Release {
    /// What in the image is without support, or soon will be: the software itself by its recipe, and the products that an assessment
    /// found dates for. Sorted, what is over first.
    ///
    /// - Parameters:
    ///   - support: of the newest assessment; empty when there is none.
    ///   - warnBefore: seconds before an end from which on it counts as near; 0 for none.
    package func supportEnds(_ support: [SupportNote], at now: Timestamp, warnBefore: Int) -> [SupportEnd] {
        var ends: [SupportEnd] = []
        func judge(_ product: String, _ day: String?, hasEnded: Bool, source: String) {
            let moment = day.flatMap { Timestamp(date: $0) }
            // The day itself is still within.
            if hasEnded || moment.map({ $0.seconds + 86400 <= now.seconds }) ?? false {
                ends.append(SupportEnd(product: product, stage: .over, day: day, source: source))
            } else if let moment, warnBefore > 0, moment.seconds - now.seconds <= warnBefore {
                ends.append(SupportEnd(product: product, stage: .near, day: day, source: source))
            }
        }
        if let endOfLife { judge("\(repository) \(stream)", endOfLife, hasEnded: false, source: "the recipe") }
        for note in support {
            judge("\(note.product) \(note.cycle)", note.ends, hasEnded: note.hasEnded, source: "endoflife.date")
        }
        return Set(ends).sorted { ($0.stage == .near ? 1 : 0, $0.product, $0.source) < ($1.stage == .near ? 1 : 0, $1.product, $1.source) }
    }
}

extension CatalogEvent {
    /// What is said of an end of support; said once for each image, product, stage and day.
    package static func supportEnd(_ end: SupportEnd, of release: Release, at time: Timestamp) -> (event: CatalogEvent, key: String) {
        let name = "\(release.repository):\(release.stream)"
        let kind: EventKind = end.stage == .near ? .endOfLifeNear : .endOfLifeReached
        var facts = ["product": end.product, "source": end.source, "stream": release.stream, "digest": release.index.description]
        facts["day"] = end.day
        let event = CatalogEvent(kind, at: time, about: name, image: release.repository, title: "\(name): \(end.text)", facts: facts)
        return (event, [kind.rawValue, name, end.product, end.day ?? ""].joined(separator: " "))
    }

    /// A package of an image that its suite does not have any more; said once for each image and package.
    package static func packageDropped(_ package: String, suite: String, of release: Release, at time: Timestamp) -> (
        event: CatalogEvent, key: String
    ) {
        let name = "\(release.repository):\(release.stream)"
        let event = CatalogEvent(
            .packageDropped, at: time, about: name, image: release.repository,
            title: "\(name) holds \(package), which is in no index of \(suite) any more and gets no fixes",
            facts: ["package": package, "suite": suite, "stream": release.stream, "digest": release.index.description])
        return (event, [EventKind.packageDropped.rawValue, name, package, suite].joined(separator: " "))
    }
}
