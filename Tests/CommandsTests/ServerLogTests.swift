// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Logging
import Testing

@testable import Commands

@Suite struct ServerLogTests {
    @Test func `a line is one JSON object with the request's name`() throws {
        let line = JSONLogHandler.line(
            .notice, "request", ["hb.request.id": "abc", "path": "/v2/a\"b\n", "list": ["x", "y"], "count": .stringConvertible(3)],
            at: Date(timeIntervalSince1970: 1_764_000_000.25))
        #expect(line.last == 0x0A && !line.dropLast().contains(0x0A))
        let json = try JSON.parse(line)
        #expect(json["time"]?.string == "2025-11-24T16:00:00.250Z")
        #expect(json["level"]?.string == "notice" && json["message"]?.string == "request")
        #expect(json["request"]?.string == "abc" && json["path"]?.string == "/v2/a\"b\n")
        #expect(json["list"] == ["x", "y"] && json["count"] == 3)
    }
}

@Suite struct AccessInputTests {
    private let now = Timestamp(seconds: 1_764_000_000)

    @Test(arguments: [("90d", 90 * 86400), ("12h", 12 * 3600), ("1d", 86400)])
    func `a time is counted from now`(text: String, seconds: Int) throws {
        #expect(try AccessInput.expiry(text, now: now) == Timestamp(seconds: now.seconds + seconds))
    }

    @Test func `a day is meant to its end`() throws {
        #expect(try AccessInput.expiry("2027-01-31", now: now) == Timestamp(rfc3339: "2027-02-01T00:00:00Z"))
        #expect(try AccessInput.expiry(nil, now: now) == nil)
    }

    @Test(arguments: ["", "d", "90", "-1d", "0d", "1w", "2020-01-01", "soon", "99999999999999999999d"])
    func `anything else is refused`(text: String) {
        #expect(throws: CommandError.self) { try AccessInput.expiry(text, now: now) }
    }

    @Test func `rights are kept in their one writing`() throws {
        #expect(try AccessInput.grants(["team/**:push,pull", "x:admin,pull"]) == ["team/**:pull,push", "x:admin"])
        for wrong in ["team", "team:", "team:write", ":pull", "Team:pull", "a//b:pull"] {
            #expect(throws: CommandError.self) { try AccessInput.grants([wrong]) }
        }
    }
}
