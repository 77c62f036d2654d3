// SPDX-License-Identifier: Apache-2.0

/// Looks for secrets in a file's bytes and tells their kinds, never the secrets.
///
/// Every secret it knows begins with, or is, an unbroken run of at least ten characters of `A-Z a-z 0-9 _ -`. One byte in ten is
/// therefore enough to find them all, which makes it cheap enough to run over every byte of every image. It prefers to miss an odd
/// spelling over crying wolf: documented example keys, placeholders and the words without a key are not reported.
package enum SecretScanner {
    /// The kinds found, sorted, each once: `private-key`, `aws-access-key`, `github-token`, `gitlab-token`, `slack-token`,
    /// `google-api-key`, `stripe-key`, `npm-token`, and by path `netrc`, `pgpass`, `docker-auth`, `git-credentials`, `aws-credentials`.
    ///
    /// `path` is relative to the root; pass an empty one to look at the bytes alone. PEM keys inside ELF files are not reported:
    /// cryptographic libraries carry published keys for their self-tests.
    package static func scan(_ bytes: UnsafeRawBufferPointer, path: String) -> [String] {
        var kinds: Set<String> = []
        if let kind = kind(ofPath: path, bytes) { kinds.insert(kind) }
        let isELF = bytes.count >= 4 && bytes[0] == 0x7F && bytes[1] == 0x45 && bytes[2] == 0x4C && bytes[3] == 0x46
        SecretRuns.forEach(in: bytes) { run in
            if let kind = kind(of: run, in: bytes, isELF: isELF) { kinds.insert(kind) }
        }
        return kinds.sorted()
    }

    /// The kinds found in an array.
    package static func scan(_ bytes: [UInt8], path: String) -> [String] { bytes.withUnsafeBytes { scan($0, path: path) } }

    private static func kind(of run: Range<Int>, in bytes: UnsafeRawBufferPointer, isELF: Bool) -> String? {
        let text = UnsafeRawBufferPointer(rebasing: bytes[run])
        func starts(_ prefix: StaticString) -> Bool { has(text, prefix, at: 0) }
        switch text[0] {
        case UInt8(ascii: "A"):
            if text.count == 20, starts("AKIA") || starts("ASIA") { return isAWSKey(text) ? "aws-access-key" : nil }
            if text.count == 39, starts("AIza") { return isRandom(text, from: 4) ? "google-api-key" : nil }
        case UInt8(ascii: "g"):
            let isGitHub = starts("ghp_") || starts("gho_") || starts("ghu_") || starts("ghs_") || starts("ghr_")
            if text.count == 40, isGitHub { return isRandom(text, from: 4) ? "github-token" : nil }
            if text.count == 93, starts("github_pat_") { return isRandom(text, from: 11) ? "github-token" : nil }
            if text.count == 26, starts("glpat-") { return isRandom(text, from: 6) ? "gitlab-token" : nil }
        case UInt8(ascii: "x"):
            let isSlack = starts("xoxb-") || starts("xoxp-") || starts("xoxa-") || starts("xoxr-") || starts("xoxs-")
            if text.count >= 40, isSlack, isDigit(text[5]) { return isRandom(text, from: 5) ? "slack-token" : nil }
        case UInt8(ascii: "s"):
            if text.count >= 32, starts("sk_live_") { return isRandom(text, from: 8) ? "stripe-key" : nil }
        case UInt8(ascii: "n"):
            if text.count == 40, starts("npm_") { return isRandom(text, from: 4) ? "npm-token" : nil }
        default: break
        }
        if !isELF, text.count < 64, has(text, "-----BEGIN", at: text.count - 10), PEMKey.follows(bytes, from: run.upperBound) {
            return "private-key"
        }
        return nil
    }

    // Base 32 in capitals; the key of Amazon's documentation ends in EXAMPLE.
    private static func isAWSKey(_ text: UnsafeRawBufferPointer) -> Bool {
        text.dropFirst(4).allSatisfy { (0x41...0x5A).contains($0) || (0x32...0x37).contains($0) }
            && !has(text, "EXAMPLE", at: 13) && isRandom(text, from: 4)
    }

    // Placeholders repeat themselves: xxxxxxxx, 00000000.
    fileprivate static func isRandom(_ text: UnsafeRawBufferPointer, from start: Int) -> Bool {
        Set(text[start...]).count >= 8
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    fileprivate static func has(_ text: UnsafeRawBufferPointer, _ word: StaticString, at offset: Int) -> Bool {
        guard offset >= 0, text.count - offset >= word.utf8CodeUnitCount else { return false }
        for index in 0..<word.utf8CodeUnitCount where text[offset + index] != word.utf8Start[index] { return false }
        return true
    }

    // Files whose purpose is to hold a password.
    private static func kind(ofPath path: String, _ bytes: UnsafeRawBufferPointer) -> String? {
        guard !bytes.isEmpty, bytes.count <= 1 << 20 else { return nil }
        let segments = path.split(separator: "/")
        guard let name = segments.last else { return nil }
        let folder = segments.dropLast().last ?? ""
        func holds(_ word: StaticString) -> Bool { contains(bytes, word) }
        switch name {
        case ".netrc", "_netrc": return holds("password") ? "netrc" : nil
        case ".pgpass": return holds(":") ? "pgpass" : nil
        case ".git-credentials": return holds("://") ? "git-credentials" : nil
        case ".dockercfg": return holds("\"auth\"") ? "docker-auth" : nil
        case "config.json" where folder == ".docker": return holds("\"auth\"") ? "docker-auth" : nil
        case "credentials" where folder == ".aws": return holds("aws_secret_access_key") ? "aws-credentials" : nil
        default: return nil
        }
    }

    private static func contains(_ bytes: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        bytes.indices.contains { bytes[$0] == word.utf8Start[0] && has(bytes, word, at: $0) }
    }
}

/// Finds the unbroken runs of token characters that are long enough to matter.
private enum SecretRuns {
    /// No run shorter than this is of interest; probes are as far apart.
    static let shortest = 10

    static func forEach(in bytes: UnsafeRawBufferPointer, _ body: (Range<Int>) -> Void) {
        isTokenTable.withUnsafeBufferPointer { isToken in
            var probe = shortest - 1
            while probe < bytes.count {
                guard isToken[Int(bytes[probe])] else {
                    probe += shortest
                    continue
                }
                var start = probe
                while start > 0, isToken[Int(bytes[start - 1])] { start -= 1 }
                var end = probe + 1
                while end < bytes.count, isToken[Int(bytes[end])] { end += 1 }
                if end - start >= shortest { body(start..<end) }
                // The byte at `end` is none; a further run begins behind it.
                probe = end + shortest
            }
        }
    }

    private static let isTokenTable: [Bool] = (0..<256).map { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F || byte == 0x2D
    }
}

/// The rest of a PEM header and its body (RFC 7468, and the armour of RFC 9580 §6.2).
private enum PEMKey {
    /// An Ed25519 key, the shortest there is, has 64 characters.
    static let shortestBody = 60

    /// Whether ` … PRIVATE KEY-----` and a plausible body follow.
    static func follows(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
        let header = UnsafeRawBufferPointer(rebasing: bytes[start...].prefix(60))
        guard let dashes = header.firstIndex(of: 0x2D), SecretScanner.has(header, "-----", at: dashes) else { return false }
        let label = UnsafeRawBufferPointer(rebasing: header[..<dashes])
        guard
            SecretScanner.has(label, " PRIVATE KEY", at: label.count - 12)
                || SecretScanner.has(label, " PRIVATE KEY BLOCK", at: label.count - 18),
            label.allSatisfy({ (0x41...0x5A).contains($0) || $0 == 0x20 })
        else { return false }
        return hasBody(UnsafeRawBufferPointer(rebasing: bytes[(start + dashes + 5)...].prefix(1024)))
    }

    // Lines of base 64, broken by newlines or by the two characters `\n` of a JSON string; header lines (`Proc-Type: …`) come first.
    private static func hasBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var seen: [UInt8] = []
        var position = 0
        while position < bytes.count, seen.count < shortestBody {
            let byte = bytes[position]
            if isBase64(byte) {
                seen.append(byte)
            } else if byte == 0x3A {
                // The word before the colon was a header's name: its line does not count.
                seen.removeAll()
                while position < bytes.count, bytes[position] != 0x0A { position += 1 }
            } else if byte == 0x5C, position + 1 < bytes.count, bytes[position + 1] == 0x6E || bytes[position + 1] == 0x72 {
                position += 1
            } else if ![0x0A, 0x0D, 0x20, 0x09, 0x22, 0x2D].contains(byte) {
                return false
            }
            position += 1
        }
        return seen.count >= shortestBody && Set(seen).count >= 12
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2B || byte == 0x2F
            || byte == 0x3D
    }
}
