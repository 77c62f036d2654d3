// SPDX-License-Identifier: Apache-2.0
import Debian
import Foundation
import Testing

@Suite struct DebianVersionTests {
    /// (older, newer): the cases of dpkg's own table, written anew.
    static let ascending: [(String, String)] = [
        ("0:0-0", "1:0-0"), ("9:1", "10:1"), ("1.0", "1.0-0.1"), ("1.0-1", "1.0-2"), ("1.9", "1.10"), ("1.2-9", "1.2-10"),
        ("a", "b"), ("1.0", "1.0a"), ("1.0a", "1.0b"), ("1.0a", "1.0+"), ("1.0~", "1.0"), ("1.0~~", "1.0~"), ("1.0~~a", "1.0~"),
        ("1.0~rc1", "1.0~rc2"), ("1.0~rc2", "1.0"), ("1.0-1~bpo1", "1.0-1"), ("1.0-1", "1.0-1+b1"), ("2.41-12", "2.41-12+deb13u1"),
        ("2.41-12+deb13u9", "2.41-12+deb13u10"), ("1.0-a", "1.0-b"), ("0~", "0"), ("0-~", "0-0"), ("1:1.0", "2:0.1"),
        ("7.6-0+1", "7.6p2-4"),
        ("1.2.2-2", "1.2.2.2-1"), ("3.0~beta", "3.0"), ("12345678901234567890123", "12345678901234567890124"),
        ("1.a", "1.+"), ("1.1", "1.a"), ("1.0-1", "1.1-0"), ("5.2.15-2+b7", "5.2.37-2+b5"), ("0.27.0-2", "0.27.0-2+b1"),
    ]

    @Test(arguments: ascending) func `an older version sorts before a newer one`(pair: (String, String)) throws {
        let (older, newer) = (try DebianVersion(pair.0), try DebianVersion(pair.1))
        #expect(older < newer)
        #expect(!(newer < older))
        #expect(older != newer)
    }

    @Test(arguments: [
        ("1.0", "1.0-0"), ("0:1.0", "1.0"), ("00:1.0-1", "1.0-1"), ("1.00", "1.0"), ("1.0-01", "1.0-1"), ("1.a", "1.a0"), ("1.", "1.0"),
        ("1-00", "1"), ("1.2-3-4", "1.2-3-4"),
    ]) func `two spellings of one version are equal and hash alike`(pair: (String, String)) throws {
        let (a, b) = (try DebianVersion(pair.0), try DebianVersion(pair.1))
        #expect(a == b)
        #expect(a.hashValue == b.hashValue)
        #expect(a.description == pair.0)
    }

    @Test(arguments: [
        "", " ", "1 0", "1.0-", ":1", "a:1", "1:", "1:-1", "-1", "1.0-1:2", "1_0", "1.0\n", "ä", "1.0/2", "12345678901:1",
        String(repeating: "1", count: 513),
    ]) func `what Policy does not allow is refused`(text: String) {
        #expect(throws: DebianError.self) { try DebianVersion(text) }
    }

    @Test func `the parts of a version`() throws {
        let version = try DebianVersion("1:1.0.28-x+dfsg1-2+b3")
        #expect(version.epoch == 1)
        #expect(version.upstream == "1.0.28-x+dfsg1")
        #expect(version.revision == "2+b3")
        #expect(version.upstreamVersion == "1.0.28-x")
        #expect(try DebianVersion("13.8+deb13u7").upstreamVersion == "13.8")
        #expect(try DebianVersion("3.13.5-2+deb13u5").parts == ["3", "13", "5"])
        #expect(try DebianVersion("21.0.13.1+2-1~deb13u1").parts == ["21", "0", "13", "1"])
        #expect(try DebianVersion("1:9.20.11~rc1-4").parts == ["9", "20", "11"])
        #expect(try DebianVersion("2025b-4").parts == ["2025b"])
        #expect(try DebianVersion("2025b").revision == nil)
    }

    @Test func `the order agrees with dpkg`() throws {
        let dpkg = "/usr/bin/dpkg"
        guard FileManager.default.isExecutableFile(atPath: dpkg) else { return }
        // A small generator with a fixed seed: pieces that meet the rules of the order.
        var state: UInt64 = 42
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let pieces = ["0", "1", "01", "10", "9", "a", "b", "Z", "~", "+", ".", "~~", "rc", "+b1", "1.2"]
        func version() -> String {
            let epoch = random(6) == 0 ? "\(random(3)):" : ""
            let upstream = "\(random(3))" + (0..<random(4)).map { _ in pieces[random(pieces.count)] }.joined()
            let revision = random(2) == 0 ? "-" + (0...random(3)).map { _ in pieces[random(pieces.count)] }.joined() : ""
            return epoch + upstream + revision
        }
        for _ in 0..<60 {
            let (a, b) = (version(), version())
            let order = DebianVersion.compare(try DebianVersion(a), try DebianVersion(b))
            let relation = order < 0 ? "lt" : order == 0 ? "eq" : "gt"
            let process = Process()
            process.executableURL = URL(filePath: dpkg)
            process.arguments = ["--compare-versions", a, relation, b]
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "dpkg does not say \(a) \(relation) \(b)")
            if order == 0 { #expect(try DebianVersion(a).hashValue == DebianVersion(b).hashValue) }
        }
    }
}
