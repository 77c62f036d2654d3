// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Records

/// What was known of an image on a day.
struct KnowledgeThen {
    let moment: Timestamp
    let assessment: Assessment

    /// Reads a day, whose end is meant, or a moment.
    static func moment(_ text: String) throws -> Timestamp {
        if let time = Timestamp(rfc3339: text) { return time }
        guard text.utf8.count == 10, let day = Timestamp(date: text) else { throw LedgerRefusal.badMoment(text) }
        return Timestamp(seconds: day.seconds + 86_399)
    }

    init(of release: Release, at moment: Timestamp, in records: RecordStore) throws {
        self.moment = moment
        let name = "\(release.repository):\(release.stream)"
        if let found = try records.assessment(of: release.index, asOf: moment) {
            assessment = found
            return
        }
        guard let first = try records.ledger(of: [release.index]).first else {
            throw LedgerRefusal.neverAssessed(name, unread: try LedgerSubject.unread([release.index], records))
        }
        let earlier = try records.releases(in: release.repository).filter {
            try $0.stream == release.stream && $0.index != release.index
                && records.assessmentSummary(of: $0.index, asOf: moment) != nil
        }
        throw LedgerRefusal.unknownThen(
            "\(name) (\(release.buildTag))", moment: moment, first: first.summary.assessed,
            earlier: earlier.map { "\($0.repository):\($0.buildTag)" })
    }

    /// Of an image of others: of what its name stood for then.
    ///
    /// - Parameter platform: of one only.
    init(of subject: ForeignSubjects, platform: String? = nil, at moment: Timestamp, in records: RecordStore) throws {
        self.moment = moment
        let images = subject.images.filter { platform == nil || $0.platform == platform }
        guard let first = images.first else { throw LedgerRefusal.neverAssessed(subject.name) }
        guard let then = images.last(where: { $0.seen <= moment }) else {
            throw LedgerRefusal.unknownThen(subject.name, moment: moment, first: first.seen, earlier: [])
        }
        guard let found = try records.assessment(of: then.manifest, asOf: moment) else {
            throw LedgerRefusal.unknownThen(subject.name, moment: moment, first: first.seen, earlier: [])
        }
        assessment = found
    }

    var text: String {
        var lines = [
            "known at \(moment), as assessed at \(assessment.assessed)", AssessmentText(assessment: assessment, isFull: false).text,
        ]
        lines.append("\nfeeds as they were")
        for feed in assessment.feeds where feed.state != .missing {
            lines.append(
                Terminal.clean(
                    "  \(feed.name)  \(feed.state.rawValue)  data of \(feed.date?.description ?? "?") (\(feed.dateOrigin))  "
                        + "\(feed.digest ?? "no digest")  \(feed.source)"))
        }
        return lines.joined(separator: "\n")
    }

    var json: JSON {
        get throws { ["asOf": JSON(moment.description), "assessment": try CanonicalJSON.value(of: assessment)] }
    }
}
