// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Testing

/// Secrets are put together here, so that no scanner takes this file for one.
@Suite struct SecretScannerTests {
    static let filler = "Zq3Xw7Rt9Lm2Kp5Vb8Nc4Hd6Jf1Gs0TyUeIaOxQzWkMvPnBrCtDhFjLgSy3Xw7Rt9Lm2Kp5Vb8Nc4Hd6Jf1Gs0TyUeIaOx"
    static func body(_ count: Int) -> String { String(filler.prefix(count)) }
    static let awsKey = "AK" + "IAQ7R3TWX5YZ2KLM4N"
    static func pem(_ label: String = "RSA ", suffix: String = "", newline: String = "\n", body: String? = nil, headers: String = "")
        -> String
    {
        let text = body ?? [Self.body(64), Self.body(64), Self.body(20) + "=="].joined(separator: newline)
        return "-----BE"
            + "GIN \(label)PRIVATE KEY\(suffix)-----\(newline)\(headers)\(text)\(newline)-----END \(label)PRIVATE KEY\(suffix)-----\(newline)"
    }

    func kinds(_ text: String, path: String = "etc/x") -> [String] { SecretScanner.scan(Array(text.utf8), path: path) }

    @Test func `keys in PEM are found in any wrapping`() {
        #expect(kinds(Self.pem()) == ["private-key"])
        #expect(kinds(Self.pem("")) == ["private-key"])
        #expect(kinds(Self.pem("EC ", newline: "\r\n")) == ["private-key"])
        #expect(kinds(Self.pem("OPENSSH ")) == ["private-key"])
        #expect(kinds("  key: \"" + Self.pem("ENCRYPTED ", newline: "\\n") + "\"") == ["private-key"])
        #expect(kinds("{\"private_key\": \"\\n" + Self.pem("", newline: "\\n")) == ["private-key"])
        #expect(kinds(Self.pem("PGP ", suffix: " BLOCK", headers: "Version: 1\n\n")) == ["private-key"])
        #expect(kinds(Self.pem(headers: "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n")) == ["private-key"])
        #expect(kinds(Self.pem("", body: Self.body(64))) == ["private-key"])
    }

    @Test func `words without a key are not one`() {
        let header = "-----BE" + "GIN RSA PRIVATE KEY-----"
        #expect(kinds(header).isEmpty)
        #expect(kinds(header + "\n").isEmpty)
        #expect(
            kinds(header + "\u{0}-----END RSA PRIVATE KEY-----\u{0}%s: unable to load the key from the file\u{0}" + Self.body(90)).isEmpty)
        #expect(kinds(header + "\n...\n-----END RSA PRIVATE KEY-----").isEmpty)
        #expect(kinds(header + "\n" + String(repeating: "A", count: 200)).isEmpty)
        #expect(kinds(Self.pem(body: Self.body(40))).isEmpty)
        #expect(kinds(Self.pem().replacing("PRIVATE", with: "PUBLIC")).isEmpty)
        #expect(kinds(Self.pem().replacing("RSA PRIVATE KEY", with: "CERTIFICATE")).isEmpty)
        // Cryptographic libraries carry published keys for their self-tests.
        #expect(SecretScanner.scan([0x7F, 0x45, 0x4C, 0x46] + Array(Self.pem().utf8), path: "usr/lib/x.so").isEmpty)
    }

    @Test func `tokens are found at any offset`() {
        let tokens = [
            (Self.awsKey, "aws-access-key"), ("gh" + "p_" + Self.body(36), "github-token"),
            ("github" + "_pat_" + Self.body(82), "github-token"),
            ("gl" + "pat-" + Self.body(20), "gitlab-token"), ("xo" + "xb-123456789012-" + Self.body(30), "slack-token"),
            ("AI" + "za" + Self.body(35), "google-api-key"), ("sk_" + "live_" + Self.body(24), "stripe-key"),
            ("np" + "m_" + Self.body(36), "npm-token"),
        ]
        for (token, kind) in tokens {
            for offset in 0..<25 {
                let text = String(repeating: " ", count: offset) + token
                #expect(kinds(text) == [kind], "\(kind) at \(offset)")
                #expect(kinds("a=\(text);\n") == [kind])
            }
            #expect(kinds("x" + token).isEmpty, "\(kind) inside a word")
            #expect(kinds(String(token.dropLast(12))).isEmpty, "\(kind) cut short")
        }
        #expect(kinds(tokens.map(\.0).joined(separator: "\n")) == Set(tokens.map(\.1)).sorted())
    }

    @Test func `examples and placeholders are not secrets`() {
        #expect(kinds("AK" + "IAIOSFODNN7EXAMPLE").isEmpty)
        #expect(kinds("gh" + "p_" + String(repeating: "x", count: 36)).isEmpty)
        #expect(kinds("AK" + "IA" + String(repeating: "A", count: 16)).isEmpty)
        #expect(kinds("AK" + "IAQ7R3TWX5YZ2KLM40").isEmpty)
    }

    @Test func `files that hold passwords are known by their path`() {
        #expect(kinds("machine a login b password c", path: "root/.netrc") == ["netrc"])
        #expect(kinds("h:5432:*:u:p", path: "home/nonroot/.pgpass") == ["pgpass"])
        #expect(kinds("{\"auths\":{\"r\":{\"auth\":\"eA==\"}}}", path: "root/.docker/config.json") == ["docker-auth"])
        #expect(kinds("https://u:p@host", path: ".git-credentials") == ["git-credentials"])
        #expect(kinds("[default]\naws_secret_access_key = x", path: "root/.aws/credentials") == ["aws-credentials"])
        for path in ["root/.netrc", "root/.docker/config.json", "etc/config.json", "usr/share/credentials"] {
            #expect(kinds("{}", path: path).isEmpty)
        }
        #expect(kinds("", path: ".pgpass").isEmpty)
    }

    @Test func `bytes of any kind and length are scanned without harm`() {
        var state: UInt32 = 7
        for count in Array(0...40) + [1000, 5000] {
            let bytes = (0..<count).map { _ -> UInt8 in
                state = state &* 1_664_525 &+ 1_013_904_223
                return UInt8(truncatingIfNeeded: state >> 24)
            }
            #expect(SecretScanner.scan(bytes, path: "").isEmpty)
        }
        let dashes = Array(("-----BE" + "GIN").utf8)
        #expect(SecretScanner.scan(dashes, path: "").isEmpty)
        #expect(SecretScanner.scan([UInt8](repeating: 0x2D, count: 5000), path: "").isEmpty)
    }
}
