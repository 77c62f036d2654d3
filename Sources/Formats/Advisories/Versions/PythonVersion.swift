// SPDX-License-Identifier: Apache-2.0
// https://packaging.python.org/en/latest/specifications/version-specifiers/

/// A version of PyPI (PEP 440): `[N!]N(.N)*[{a|b|rc}N][.postN][.devN][+local]`, with the spellings that are normalised to it.
struct PythonVersion {
    private var epoch = Numeral.zero
    private var release: [Numeral] = []
    // Phase (a, b, rc as 0, 1, 2) and number.
    private var pre: (Int, Numeral)?
    private var post: Numeral?
    private var dev: Numeral?
    private var local: [[UInt8]]?

    init?(_ text: String) {
        var scan = Scan(Array(text.lowercased().utf8.drop { $0 == 0x20 }))
        scan.trimEnd()
        scan.take("v")
        guard var first = scan.number() else { return nil }
        if scan.take("!") {
            epoch = first
            guard let number = scan.number() else { return nil }
            first = number
        }
        release = [first]
        while scan.peekDot(), let number = scan.numberAfterDot() { release.append(number) }
        while release.count > 1, release.last == .zero { release.removeLast() }
        if let (phase, number) = scan.suffix([
            ("alpha", 0), ("a", 0), ("beta", 1), ("b", 1), ("preview", 2), ("pre", 2), ("rc", 2), ("c", 2),
        ]) {
            pre = (phase, number)
        }
        if let number = scan.implicitPost() {
            post = number
        } else if let (_, number) = scan.suffix([("post", 0), ("rev", 0), ("r", 0)]) {
            post = number
        }
        if let (_, number) = scan.suffix([("dev", 0)]) { dev = number }
        if scan.take("+") {
            let parts = scan.rest.split(omittingEmptySubsequences: false) { $0 == 0x2E || $0 == 0x2D || $0 == 0x5F }.map(Array.init)
            let isPlain = parts.allSatisfy { part in
                !part.isEmpty && part.allSatisfy { Numeral.isDigit($0) || (0x61...0x7A).contains($0) }
            }
            guard isPlain else { return nil }
            local = parts
        } else if !scan.rest.isEmpty {
            return nil
        }
    }

    static func compare(_ a: PythonVersion, _ b: PythonVersion) -> Int {
        if a.epoch != b.epoch { return a.epoch < b.epoch ? -1 : 1 }
        for index in 0..<max(a.release.count, b.release.count) {
            let left = index < a.release.count ? a.release[index] : .zero
            let right = index < b.release.count ? b.release[index] : .zero
            if left != right { return left < right ? -1 : 1 }
        }
        let phases = (a.phase, b.phase)
        if phases.0 != phases.1 { return phases.0 < phases.1 ? -1 : 1 }
        if let left = a.pre?.1, let right = b.pre?.1, left != right { return left < right ? -1 : 1 }
        let posts = compare(a.post, b.post, absent: -1)
        if posts != 0 { return posts }
        let devs = compare(a.dev, b.dev, absent: 1)
        return devs != 0 ? devs : locals(a.local, b.local)
    }

    // A development release without anything else stands before the first alpha; a final release behind the last candidate.
    private var phase: Int {
        if let pre { return pre.0 }
        return post == nil && dev != nil ? -1 : 3
    }

    private static func compare(_ a: Numeral?, _ b: Numeral?, absent: Int) -> Int {
        guard let a else { return b == nil ? 0 : absent }
        guard let b else { return -absent }
        return Numeral.compare(a, b)
    }

    private static func locals(_ a: [[UInt8]]?, _ b: [[UInt8]]?) -> Int {
        guard let a else { return b == nil ? 0 : -1 }
        guard let b else { return 1 }
        for (left, right) in zip(a, b) {
            let isNumber = (left.allSatisfy(Numeral.isDigit), right.allSatisfy(Numeral.isDigit))
            if isNumber.0, isNumber.1 {
                let difference = Numeral.compare(Numeral(left), Numeral(right))
                if difference != 0 { return difference }
            } else if isNumber.0 != isNumber.1 {
                return isNumber.0 ? 1 : -1
            } else if left != right {
                return left.lexicographicallyPrecedes(right) ? -1 : 1
            }
        }
        return a.count == b.count ? 0 : a.count < b.count ? -1 : 1
    }

    private struct Scan {
        var rest: ArraySlice<UInt8>
        init(_ bytes: [UInt8]) { rest = bytes[...] }

        mutating func trimEnd() { while rest.last == 0x20 || rest.last == 0x0A { rest = rest.dropLast() } }

        @discardableResult mutating func take(_ word: String) -> Bool {
            guard rest.starts(with: word.utf8) else { return false }
            rest = rest.dropFirst(word.utf8.count)
            return true
        }

        mutating func number() -> Numeral? {
            let digits = rest.prefix(while: Numeral.isDigit)
            guard !digits.isEmpty else { return nil }
            rest = rest.dropFirst(digits.count)
            return Numeral(digits)
        }

        func peekDot() -> Bool { rest.first == 0x2E && rest.dropFirst().first.map(Numeral.isDigit) == true }
        mutating func numberAfterDot() -> Numeral? {
            rest = rest.dropFirst()
            return number()
        }

        // `-1` is `.post1`.
        mutating func implicitPost() -> Numeral? {
            guard rest.first == 0x2D, rest.dropFirst().first.map(Numeral.isDigit) == true else { return nil }
            rest = rest.dropFirst()
            return number()
        }

        /// One of the words, with separators around it and a number behind it that may be missing.
        mutating func suffix(_ words: [(String, Int)]) -> (Int, Numeral)? {
            let before = rest
            if let byte = rest.first, isSeparator(byte) { rest = rest.dropFirst() }
            for (word, value) in words where take(word) {
                let behind = rest
                if let byte = rest.first, isSeparator(byte) { rest = rest.dropFirst() }
                if let number = number() { return (value, number) }
                rest = behind
                return (value, .zero)
            }
            rest = before
            return nil
        }

        private func isSeparator(_ byte: UInt8) -> Bool { byte == 0x2E || byte == 0x2D || byte == 0x5F }
    }
}
