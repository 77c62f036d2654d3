// SPDX-License-Identifier: Apache-2.0
import Base
import Testing

@Suite struct RenderingTests {
    private static func rendered(_ text: String) -> String {
        Diagnosis("x.y", .usage, text, remedy: "look", notes: [text]).rendered
    }

    @Test(arguments: ["\u{1B}[2J", "\r", "\u{7}", "\u{9B}31m", "\u{202E}cod.exe", "\u{0}"]) func `foreign text moves no cursor`(
        _ text: String
    ) {
        #expect(!Self.rendered("a \(text) b").unicodeScalars.contains { text.unicodeScalars.first == $0 })
    }

    @Test(arguments: [
        ("at https://user:secret@mirror.example/debian", "at https://mirror.example/debian"),
        ("at http://user:se@cret@mirror.example:80", "at http://mirror.example:80"),
        ("`https://a:b@one/` and https://c@two/x", "`https://one/` and https://two/x"),
        ("https://one/a@b", "https://one/a@b"), ("name@sha256:0 of http://one", "name@sha256:0 of http://one"),
        ("https://one?q=a@b", "https://one?q=a@b"),
    ]) func `no address shows its password`(_ text: String, _ shown: String) {
        #expect(Self.rendered(text) == "error[x.y]: \(shown)\n  \(shown)\n  fix  look")
    }
}
