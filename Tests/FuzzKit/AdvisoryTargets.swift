// SPDX-License-Identifier: Apache-2.0
import Advisories
import Base

extension FuzzTarget {
    /// One member of an archive of OSV, between two that are whole.
    static let records =
        FuzzTarget("osv-record") { bytes in
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
        }
}
