// SPDX-License-Identifier: Apache-2.0
import Base
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-11-23T08:00:00Z", 1_795_420_800), ("2000-02-29T23:59:59Z", 951_868_799),
        ("1969-12-31T23:59:59Z", -1), ("2038-01-19T03:14:08Z", 2_147_483_648), ("1900-03-01T00:00:00Z", -2_203_891_200),
    ]) func `a time is read and written`(_ text: String, _ seconds: Int) {
        #expect(Timestamp(rfc3339: text)?.seconds == seconds)
        #expect(Timestamp(seconds: seconds).description == text)
    }

    @Test(arguments: [
        ("2026-11-23T08:00:00.999Z", 1_795_420_800), ("2026-11-23T10:00:00+02:00", 1_795_420_800),
        ("2026-11-23T02:30:00-05:30", 1_795_420_800),
    ]) func `fractions are dropped and offsets taken off`(_ text: String, _ seconds: Int) {
        #expect(Timestamp(rfc3339: text)?.seconds == seconds)
    }

    @Test(arguments: [
        "", "2026-11-23", "2026-11-23T08:00:00", "2026-11-23 08:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00Z",
        "2026-1-1T00:00:00Z", "x026-01-01T00:00:00Z", "2026-01-01T00:00:00+02", "T", "TZ",
    ]) func `what is not a time is refused`(_ text: String) { #expect(Timestamp(rfc3339: text) == nil) }

    @Test func `a day is its midnight`() {
        #expect(Timestamp(date: "2026-11-23")?.description == "2026-11-23T00:00:00Z")
        #expect(Timestamp(date: "2024-02-29")?.dateText == "2024-02-29")
        #expect(Timestamp(date: "2024-02-31") == nil)
        #expect(Timestamp(date: "2024-2-1") == nil)
        #expect(Timestamp(date: "2024-04-31") == nil)
    }

    @Test(arguments: [
        ("Sat, 15 Nov 2025 09:12:00 UTC", "2025-11-15T09:12:00Z"), ("Sat, 15 Nov 2025 09:12:00 +0000", "2025-11-15T09:12:00Z"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z"),
    ]) func `the date of a Release file is read`(_ text: String, _ expected: String) {
        #expect(Timestamp(release: text)?.description == expected)
    }

    @Test(arguments: [
        "", "15 Nov 2025 09:12:00 UTC", "Sat, 15 Nov 2025 09:12:00 CET", "Sat, 15 Nov 2025 09:12 UTC", "Sat, 31 Nov 2025 09:12:00 UTC",
        "Sat, 15 nov 2025 09:12:00 UTC",
    ]) func `another date is refused`(_ text: String) { #expect(Timestamp(release: text) == nil) }

    @Test func `every day of four centuries is itself again`() {
        for day in stride(from: -50_000, to: 100_000, by: 7) {
            let time = Timestamp(seconds: day * 86400)
            #expect(Timestamp(date: time.dateText) == time)
        }
    }

    @Test func `earlier is less`() { #expect(Timestamp(seconds: -1) < Timestamp(seconds: 0)) }

    @Test func `it is a text in JSON`() throws {
        #expect(try CanonicalJSON.value(of: Timestamp(seconds: 0)) == "1970-01-01T00:00:00Z")
        #expect(throws: CanonicalJSONError.self) { try CanonicalJSON.decode(Timestamp.self, from: Array("\"now\"".utf8)) }
    }

    @Test(arguments: [
        "2026-11-23T08:00:00+999999999999:99999999999999", "2026-11-23T08:00:00+24:00", "2026-11-23T-8:00:00Z", "+026-11-23T08:00:00Z",
        "2026-11-23T08:00:00.Z", "2026-11-23T8:0:0Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00",
    ])
    func `a time that cannot be is refused, however large its numbers`(_ text: String) { #expect(Timestamp(rfc3339: text) == nil) }
}
