// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Foundation
import OCI
import Sandbox
import Signing
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
            lines += await sandbox(workshop.toolbox)
            if settings.signer == nil, geteuid() == 0 {
                let name = SignerDoor.userName
                let isThere = Confinement.user(named: name) != nil
                // Not a fault: the process is another one all the same.
                lines.append(
                    (
                        true,
                        isThere
                            ? "signer: becomes the user \(name)"
                            : "signer: builds sign in a process of their own, as root; make a user for it: useradd --system "
                                + "--home-dir /nonexistent --shell /usr/sbin/nologin \(name)"
                    ))
            }
            for (isGood, text) in lines { print((isGood ? "ok       " : "MISSING  ") + text) }
            if settings.imprint.producer == nil {
                let remedy = "write `producer: YOUR ORGANISATION` in \(Settings.fileName)"
                print("advice   producer: SBOMs name no author and images no vendor; \(remedy)")
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

    // What holds here is tried, and then tried by a program that wants to get out.
    private func sandbox(_ toolbox: Toolbox) async -> [(isGood: Bool, text: String)] {
        do {
            let sandbox = try await Sandbox.probe(toolbox)
            let missing = sandbox.capabilities.missing
            let need =
                missing.isEmpty ? "" : ", without \(missing.joined(separator: ", ")); build with --allow-missing-limits, or elsewhere"
            return [(missing.isEmpty, "sandbox: \(sandbox.capabilities.backend.rawValue)" + need), await escapes(sandbox, toolbox)]
        } catch {
            let diagnosis = (error as? any Diagnosable)?.diagnosis
            let reasons = ([diagnosis?.summary ?? "\(error)"] + (diagnosis?.notes ?? [])).joined(separator: "; ")
            let remedy = diagnosis.map { "; \($0.remedy)" } ?? ""
            return [(false, "sandbox: no contract test can be run: \(reasons)\(remedy), or build with --allow-missing-limits")]
        }
    }

    private func escapes(_ sandbox: Sandbox, _ toolbox: Toolbox) async -> (isGood: Bool, text: String) {
        do {
            let report = try await SandboxSelfTest(sandbox, toolbox: toolbox).run()
            guard report.broken.isEmpty else {
                return (false, "escape test: NOT held: \(report.broken.joined(separator: ", ")); do not build here, and report it")
            }
            return (true, "escape test: \(report.held.count) attempts held")
        } catch {
            return (false, "escape test: not run: \((error as? any Diagnosable)?.diagnosis.summary ?? "\(error)")")
        }
    }

    private func key(_ settings: Settings) -> (Bool, String) {
        if let socket = settings.signer { return (FileManager.default.fileExists(atPath: socket), "signer: the socket \(socket)") }
        if settings.keyIsInToken { return (true, "signing key: in a PKCS#11 token") }
        var status = stat()
        guard stat(settings.keyFile, &status) == 0 else { return (false, "signing key: missing; run ashlar keys generate") }
        // As the signer sees it: the group may read, since that is how orchestrators mount secrets.
        guard status.st_mode & 0o037 == 0 else { return (false, "signing key: others may read \(settings.keyFile); chmod 600 it") }
        return (true, "signing key: \(settings.keyFile)")
    }
}
