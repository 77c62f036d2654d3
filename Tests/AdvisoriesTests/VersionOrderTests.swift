// SPDX-License-Identifier: Apache-2.0
import Advisories
import Testing

@Suite struct VersionOrderTests {
    /// Each list is in order; what is joined by `=` is equal.
    private static let ordered: [(VersionOrder, String)] = [
        (
            .python,
            """
            1.0.dev456 1.0a1 1.0a2.dev456 1.0a12.dev456 1.0a12 1.0b1.dev456 1.0b2 1.0b2.post345.dev456 1.0b2.post345 1.0rc1.dev456 \
            1.0rc1=1.0c1=1.0-RC.1=v1.0.0_pre1 1.0=1=1.0.0 1.0+abc.5 1.0+abc.7 1.0+5 1.0.post456.dev34 1.0.post456=1.0-456 1.1.dev1 1.10 \
            2!0.1
            """
        ),
        (
            .npm,
            "1.0.0-0 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0=v1.0.0=1.0.0+build.5 1.2.0 1.10.0 18446744073709551616.0.0"
        ),
        (
            .go,
            "0.0.0-20190101000000-abcdef123456 1.20.0 1.21.0-rc.2=go1.21rc2 1.21.0=1.21=v1.21.0 1.21.10 2.0.0+incompatible=2.0.0"
        ),
        (
            .maven,
            "1-alpha-1 1-alpha2=1-a2 1-beta-1 1-milestone-1=1-m1 1-rc1=1-cr1 1-SNAPSHOT 1=1.0=1-ga=1.0.0-final 1-sp 1-abc 1-1 1.1 1.2 1.10 2.0"
        ),
        (.debian, "1.0~rc1-1 1.0-1 1.0-1+b1 1.0-1+deb13u1 1.0+dfsg-1 1.1-1 1:0.1-1"),
    ]

    @Test(arguments: ordered) func `versions stand in the order their ecosystem gives them`(order: VersionOrder, text: String) throws {
        let groups = text.split(separator: " ").map { $0.split(separator: "=").map(String.init) }
        for (i, left) in groups.enumerated() {
            for (j, right) in groups.enumerated() {
                for a in left {
                    for b in right {
                        let found = try #require(order.compare(a, b), "\(order): \(a), \(b)")
                        #expect(found.signum() == (i - j).signum(), "\(order): \(a) against \(b)")
                    }
                }
            }
        }
    }

    @Test(arguments: [
        (VersionOrder.python, "1.0.x"), (.python, ""), (.python, "hello"), (.python, "1.0+"), (.npm, "1.2.3.4"), (.npm, "^1.0.0"),
        (.npm, "1..0"), (.npm, "latest"), (.go, "go1.21x"), (.debian, "1_0"), (.debian, "-1"),
    ])
    func `what is no version is known as such`(order: VersionOrder, text: String) {
        #expect(!order.isValid(text))
    }

    @Test func `hostile versions end`() {
        let long = String(repeating: "1-a.", count: 60)
        for order in VersionOrder.allCases { _ = order.compare(long, long + "1") }
        #expect(VersionOrder.maven.compare(String(repeating: "9", count: 10_000), "1") == nil)
    }
}
