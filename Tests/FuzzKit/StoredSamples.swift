// SPDX-License-Identifier: Apache-2.0
import Advisories

/// Stored forms of feeds, made from documents of the corpus: the good samples of the targets that read them.
package enum StoredSamples {
    package static func all() throws -> [(target: String, name: String, bytes: [UInt8])] {
        [
            ("tracker-index", "good", try TrackerIndexBuilder.build(document("tracker", "good"))),
            ("tracker-index", "good-refused", try TrackerIndexBuilder.build(document("tracker", "good-refused"))),
            ("osv-index", "good", try records("good-array")), ("osv-index", "good-refused", try records("good-lines")),
            ("cve-table", "good-exploits", try KEVFeed.build(document("kev", "good-refused"))),
            ("cve-table", "good-scores", try EPSSFeed.build(document("epss", "good-refused"))),
        ]
    }

    private static func records(_ name: String) throws -> [UInt8] {
        var builder = OSVIndexBuilder(ecosystem: "npm")
        try builder.append(document("osv", name))
        return try builder.finish()
    }

    private static func document(_ target: String, _ name: String) throws -> [UInt8] {
        try Corpus.samples(of: target).first { $0.name == name }?.bytes ?? []
    }
}
