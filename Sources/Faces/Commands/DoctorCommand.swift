// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Foundation
import OCI
import Tools
import Transport

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Says what this machine has, what is missing, and how to mend it.",
        discussion: "Example: ashlar doctor")
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let workshop = try Workshop(settings)
            var lines: [(isGood: Bool, text: String)] = []
            for (program, package, use) in Self.programs {
                let place = workshop.toolbox.find(program)
                lines.append((place != nil, "\(program): " + (place ?? "missing; apt-get install \(package) (\(use))")))
            }
            do {
                let mirror = try workshop.mirror()
                lines.append((true, "mirror: \(mirror.shown.joined(separator: ", ")) from \(mirror.origin)"))
            } catch let error as any Diagnosable {
                lines.append((false, "mirror: \(error.diagnosis.summary); \(error.diagnosis.remedy)"))
            }
            lines.append(key(settings))
            for (isGood, text) in lines { print((isGood ? "ok       " : "MISSING  ") + text) }
            if settings.imprint.producer == nil {
                print("advice   producer: SBOMs name no author and images no vendor; write `producer: YOUR ORGANISATION` in \(Settings.fileName)")
            }
            if lines.contains(where: { !$0.isGood }) { throw ExitCode(69) }
        }
    }

    private static let programs = [
        ("gpgv", "gpgv", "checks the signatures of the archive"), ("crun", "crun", "runs contract tests"),
        ("bwrap", "bubblewrap", "runs them where control groups forbid crun"),
        ("g++", "g++", "compiles the probe that looks at images with the C++ library"),
        ("x86_64-linux-gnu-gcc", "gcc-x86-64-linux-gnu", "compiles the helpers for amd64"),
        ("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu", "compiles the helpers for arm64"),
    ]

    private func key(_ settings: Settings) -> (Bool, String) {
        var status = stat()
        guard stat(settings.keyFile, &status) == 0 else { return (false, "signing key: missing; run ashlar keys generate") }
        guard status.st_mode & 0o077 == 0 else { return (false, "signing key: others may read \(settings.keyFile); chmod 600 it") }
        return (true, "signing key: \(settings.keyFile)")
    }
}
