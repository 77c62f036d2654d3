// SPDX-License-Identifier: Apache-2.0
import Base

/// One parser of foreign bytes, as fuzzers see it: any input is taken or refused with an explanation, and never crashes it.
package struct FuzzTarget: Sendable, CustomStringConvertible {
    package enum Verdict: Hashable, Sendable {
        case accepted
        case refused(String)
    }

    /// `oci-manifest`: also the name of its folder in the corpus.
    package let name: String
    /// How many mutations of each run of the tests it gets; fewer where one takes long.
    package let weight: Int
    private let body: @Sendable ([UInt8]) throws -> Void

    /// - Parameter parse: throws a `Diagnosable` for what it refuses.
    package init(_ name: String, weight: Int = 100, _ parse: @escaping @Sendable ([UInt8]) throws -> Void) {
        self.name = name
        self.weight = weight
        body = parse
    }

    /// A format that is written as well: what was accepted is written, read again, and is the same value and the same bytes.
    package init<Value: Equatable & Sendable>(
        _ name: String, weight: Int = 100, reading parse: @escaping @Sendable ([UInt8]) throws -> Value,
        writing write: @escaping @Sendable (Value) throws -> [UInt8]
    ) {
        self.init(name, weight: weight) { bytes in
            let value = try parse(bytes)
            let written = try FuzzFailure.told("what was accepted cannot be written") { try write(value) }
            let again = try FuzzFailure.told("what was written is refused: \(String(decoding: written.prefix(200), as: UTF8.self))") {
                try parse(written)
            }
            guard again == value else { throw FuzzFailure(reason: "what was written and read again is another value") }
            guard try write(again) == written else { throw FuzzFailure(reason: "the same value has two writings") }
        }
    }

    /// A format that holds any JSON, in which 2 and 2.0 are two values with one writing: the writing is what stays the same.
    static func rewriting(
        _ name: String, weight: Int = 100, _ rewrite: @escaping @Sendable ([UInt8]) throws -> [UInt8]
    ) -> FuzzTarget {
        FuzzTarget(name, weight: weight, reading: rewrite, writing: { $0 })
    }

    /// - Throws: `FuzzFailure` when the parser broke a promise.
    @discardableResult package func run(_ bytes: [UInt8]) throws -> Verdict {
        do {
            try body(bytes)
            return .accepted
        } catch let failure as FuzzFailure {
            throw failure
        } catch let refusal as any Diagnosable {
            let diagnosis = refusal.diagnosis
            guard !diagnosis.summary.isEmpty, !diagnosis.remedy.isEmpty else {
                throw FuzzFailure(reason: "a refusal without words: \(refusal)")
            }
            // What a person is shown must hold no byte that moves a cursor.
            guard !diagnosis.rendered.utf8.contains(where: { ($0 < 0x20 && $0 != 0x0A && $0 != 0x09) || $0 == 0x7F }) else {
                throw FuzzFailure(reason: "a refusal with control characters")
            }
            return .refused(diagnosis.rendered)
        } catch {
            throw FuzzFailure(reason: "it threw what does not explain itself: \(error)")
        }
    }

    package var description: String { name }

    package static let all: [FuzzTarget] =
        archives + debian + images + evidence + documents + catalog + logs + signing + foreign + feeds
        + [records]

    package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// A promise that a parser broke.
package struct FuzzFailure: Error, CustomStringConvertible {
    package let reason: String
    package init(reason: String) { self.reason = reason }
    package var description: String { reason }

    static func told<Result>(_ reason: String, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch { throw FuzzFailure(reason: "\(reason): \(error)") }
    }
}
