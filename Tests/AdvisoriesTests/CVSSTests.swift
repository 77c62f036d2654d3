// SPDX-License-Identifier: Apache-2.0
import Advisories
import Foundation
import Testing

private let samples = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Samples")

@Suite struct CVSSTests {
    // The first of each version are examples that FIRST publishes with their scores.
    @Test(arguments: [
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 64), ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 75),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 98), ("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H", 81),
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 31), ("CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", 78),
        ("CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 68), ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 100),
        ("CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 73),
        ("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 77),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0),
    ])
    func `published examples have their published scores`(vector: String, tenths: Int) throws {
        #expect(try CVSS.score(vector).tenths == tenths)
    }

    @Test func `six hundred vectors score as the cvss package of PyPI scores them`() throws {
        let lines = try String(contentsOf: samples.appending(path: "cvss.tsv"), encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 600)
        for line in lines {
            let parts = line.split(separator: "\t")
            let vector = String(parts[0])
            #expect(try CVSS.score(vector).tenths == Int(parts[1]), "\(vector)")
        }
    }

    @Test(arguments: [
        "", "CVSS:2.0/AV:N", "CVSS:3.1/AV:N/AC:L", "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:3.1/AV:Q/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:S/SA:H", "CVSS:4.0/",
    ])
    func `what is no vector is refused`(text: String) {
        #expect(throws: AdvisoriesError.self) { try CVSS.score(text) }
    }

    @Test func `ratings follow the bands`() throws {
        #expect(try CVSS.score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H").rating == .critical)
        #expect(try CVSS.score("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N").rating == .low)
    }
}
