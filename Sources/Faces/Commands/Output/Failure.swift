// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Base

/// How a failure leaves the program: one exit code for each kind, after sysexits.h.
enum Failure {
    static func exitCode(_ kind: Diagnosis.Kind) -> Int32 {
        switch kind {
        case .usage: 64
        case .malformed: 65
        case .notFound: 66
        case .unavailable: 69
        case .internalFault: 70
        case .conflict: 73
        case .untrusted: 76
        case .policy: 77
        }
    }

    /// Prints a failure for people and ends with its exit code.
    static func report(_ error: any Error) -> ExitCode {
        switch error {
        case let many as Diagnoses:
            for diagnosis in many.all { write(diagnosis.rendered) }
            return ExitCode(exitCode(many.diagnosis.kind))
        case let known as any Diagnosable:
            write(known.diagnosis.rendered)
            return ExitCode(exitCode(known.diagnosis.kind))
        case is CancellationError:
            write("error: stopped")
            return ExitCode(130)
        default:
            write("error[internal]: \(error)\n  fix  this is a fault of ashlar; report it with the command and this text")
            return ExitCode(70)
        }
    }

    private static func write(_ text: String) { StandardStreams.say(text + "\n") }
}
