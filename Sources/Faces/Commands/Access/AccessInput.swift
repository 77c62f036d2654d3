// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Tokens
import Web

/// What people write about accounts and tokens, read once.
enum AccessInput {
    static func name(_ text: String) throws -> String {
        guard AccountName.isWellFormed(text) else {
            throw CommandError.badAccess(what: "the account's name", expected: "letters, digits, dots, dashes, at most 64", found: text)
        }
        return text
    }

    static func grants(_ texts: [String]) throws -> [String] {
        try texts.map { text in
            guard let grant = Grant(text) else {
                throw CommandError.badAccess(what: "--grant", expected: "PATTERN:ACTIONS such as 'team/**:pull,push'", found: text)
            }
            return grant.description
        }
    }

    /// `90d`, `12h`, or a day such as 2027-01-31, whose end is meant.
    static func expiry(_ text: String?, now: Timestamp) throws -> Timestamp? {
        guard let text else { return nil }
        if let day = Timestamp(date: text) { return try future(Timestamp(seconds: day.seconds + 86400), text, now) }
        let unit = ["h": 3600, "d": 86400][text.suffix(1)]
        guard let unit, let number = Int(text.dropLast()), (1...36500).contains(number) else {
            throw CommandError.badAccess(what: "--expires", expected: "90d, 12h, or a day such as 2027-01-31", found: text)
        }
        return Timestamp(seconds: now.seconds + number * unit)
    }

    private static func future(_ time: Timestamp, _ text: String, _ now: Timestamp) throws -> Timestamp {
        guard time > now else { throw CommandError.badAccess(what: "--expires", expected: "a day that is not over", found: text) }
        return time
    }

    /// The first line of standard input. Never an argument: those are seen by every user of the machine.
    static func passwordFromInput() throws -> String {
        if isatty(0) == 1 { StandardStreams.say("password: ") }
        let isEchoing = setEcho(false)
        defer { if isEchoing { setEcho(true) } }
        guard let line = readLine(strippingNewline: true) else {
            throw CommandError.badAccess(what: "the password", expected: "one line on standard input", found: "nothing")
        }
        try PasswordHash.check(line)
        return line
    }

    @discardableResult
    private static func setEcho(_ on: Bool) -> Bool {
        var settings = termios()
        guard isatty(0) == 1, tcgetattr(0, &settings) == 0 else { return false }
        if on { settings.c_lflag |= tcflag_t(ECHO) } else { settings.c_lflag &= ~tcflag_t(ECHO) }
        return tcsetattr(0, TCSANOW, &settings) == 0
    }
}
