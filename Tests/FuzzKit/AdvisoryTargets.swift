// SPDX-License-Identifier: Apache-2.0
import Advisories
import Base

extension FuzzTarget {
    /// What others publish about vulnerabilities.
    static let advisories: [FuzzTarget] = [
        FuzzTarget("osv") { bytes in
            let text = #"{"id":"GOOD","affected":[{"package":{"ecosystem":"npm","name":"neighbour"},"versions":["1.0.0"]}]}"#
            var builder = OSVIndexBuilder(ecosystem: "npm")
            try builder.append(record: Array(text.utf8), named: "first")
            try builder.append(record: bytes, named: "fuzzed")
            try builder.append(record: Array(text.utf8), named: "last")
            let index = try OSVIndex(builder.finish())
            guard index.records(about: "neighbour").count(where: { $0.id == "GOOD" }) == 2 else {
                throw FuzzFailure(reason: "a record that is bad took its neighbours with it")
            }
            guard index.readCount == 3, index.refused.count == index.refusedCount else {
                throw FuzzFailure(reason: "a record that was neither taken nor listed")
            }
            for record in index.records(about: "left-pad") { _ = record.verdict(on: "1.3.0", by: .npm) }
            if let refused = index.refused.first {
                throw AdvisoriesError.shape(feed: "a record", offset: 0, expected: String(refused.reason.prefix(200)))
            }
        },
        FuzzTarget("tracker") { bytes in
            let index = try TrackerIndex(TrackerIndexBuilder.build(bytes))
            for name in ["bookworm", "trixie"] {
                guard let release = index.release(named: name) else { continue }
                for version in ["0", "2.41-12", "9:9-9"] {
                    let match = index.match(source: "glibc", version: version, release: release)
                    for row in (match.affected + match.undetermined).joined() {
                        guard row < index.rowCount else { throw FuzzFailure(reason: "a row that is not there") }
                    }
                }
            }
        },
    ]
}
