// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Synchronization

/// The catalog's gate in a build: tells what it thinks of each image, and keeps what it refuses from being published when the
/// file says `enforce: publish`.
package final class PublishGate: Sendable {
    private let makeJudge: @Sendable () throws -> ImageJudge
    private let told = Mutex<[GateVerdict]>([])
    private let made = Mutex<ImageJudge?>(nil)
    package let policy: GatePolicy

    /// - Parameter judge: is asked once, when the first image was built: opening the feeds takes time.
    package init(policy: GatePolicy, judge: @escaping @Sendable () throws -> ImageJudge) {
        self.policy = policy
        makeJudge = judge
    }

    /// What it said of each image so far.
    package var verdicts: [GateVerdict] { told.withLock { $0 } }

    private func judge() throws -> ImageJudge {
        try made.withLock { known in
            if let known { return known }
            let fresh = try makeJudge()
            known = fresh
            return fresh
        }
    }

    /// Throws what stands in the way of an image that was built, when the gate is enforced.
    func admit(_ image: JudgedImage) throws {
        let judge = try judge()
        try admit(judge.judge(image, judge.assess(image), by: policy))
    }

    package func admit(_ verdict: GateVerdict) throws {
        told.withLock { $0.append(verdict) }
        if policy.enforce == .publish, verdict.outcome == .refuse { throw GateError.refused([verdict], isPublishing: true) }
    }
}

/// Why the gate stops a command.
package enum GateError: Diagnosable {
    case refused([GateVerdict], isPublishing: Bool)
    /// Exceptions that cover nothing, where the file refuses those.
    case unused([GateReason])

    package var diagnosis: Diagnosis {
        switch self {
        case .refused(let verdicts, let isPublishing):
            let names = verdicts.map(\.subject)
            let subject = names.count == 1 ? names.joined() : "\(names.count) images"
            // Data is the operator's to bring; a finding is the image's.
            let isForData = verdicts.allSatisfy(\.isRefusedForDataAlone)
            var notes: [String] = []
            for verdict in verdicts {
                for reason in verdict.refusals {
                    notes.append(
                        (names.count == 1 ? "" : "\(verdict.subject): ") + "[\(reason.rule.rawValue)] \(reason.summary) (\(reason.setting))"
                    )
                    notes += reason.inputs.prefix(10).map { "    " + $0 }
                    if reason.inputs.count > 10 { notes.append("    … and \(reason.inputs.count - 10) more") }
                    notes.append("    to do: \(reason.remedy)")
                }
            }
            return Diagnosis(
                isForData ? "gate.data-incomplete" : "gate.refused", isForData ? .unavailable : .policy,
                "the gate refuses \(subject)" + (isPublishing ? "; nothing was signed or published" : ""),
                remedy: isForData
                    ? "run `ashlar feeds update`, or bring feeds in with `ashlar feeds import`; docs/gate.md says how to allow it"
                    : "do what stands with each reason; docs/gate.md explains each rule and how to except something for a time",
                notes: Array(notes.prefix(400)))
        case .unused(let reasons):
            return Diagnosis(
                "gate.unused-exceptions", .policy, "\(reasons.count) exception\(reasons.count == 1 ? "" : "s") of gate.yaml cover nothing",
                remedy: "remove them, or correct what they name", notes: reasons.flatMap { [$0.summary] + $0.inputs.map { "    " + $0 } })
        }
    }
}
