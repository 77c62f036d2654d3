// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Foundation
import OCI
import Pipeline
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
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            let toolbox = Workshop.toolbox(environment)
            var lines: [DoctorLine] = []
            for (program, package, use) in Self.programs {
                let place = toolbox.find(program)
                lines.append(
                    place.map { .good("\(program): \($0)") } ?? .missing("\(program): apt-get install \(package) (\(use))"))
            }
            lines += Self.emulators(toolbox)
            do {
                let mirror = try Network.mirror(environment, configured: settings.mirror)
                lines.append(.good("mirror: \(mirror.shown.joined(separator: ", ")) from \(mirror.origin)"))
            } catch let error as any Diagnosable {
                lines.append(.missing("mirror: \(error.diagnosis.summary); \(error.diagnosis.remedy)"))
            }
            lines += Self.catalog(settings)
            lines.append(key(settings))
            lines += await sandbox(toolbox)
            if settings.signer == nil, geteuid() == 0 { lines.append(Self.signerUser) }
            if settings.imprint.producer == nil {
                let remedy = "write `producer: YOUR ORGANISATION` in \(Settings.fileName)"
                lines.append(.advice("producer: SBOMs name no author and images no vendor; \(remedy)"))
            }
            for line in lines { print(line.text) }
            if lines.contains(where: \.isMissing) { throw ExitCode(69) }
        }
    }

    private static let programs = [
        ("gpgv", "gpgv", "checks the signatures of the archive"), ("crun", "crun", "runs contract tests"),
        ("bwrap", "bubblewrap", "runs them where control groups forbid crun"),
        ("g++", "g++", "compiles the probe that looks at images with the C++ library"),
        ("x86_64-linux-gnu-gcc", "gcc-x86-64-linux-gnu", "compiles the helpers for amd64"),
        ("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu", "compiles the helpers for arm64"),
    ]

    // Not a fault: their contracts are reported as not run.
    private static func emulators(_ toolbox: Toolbox) -> [DoctorLine] {
        ["linux/amd64", "linux/arm64"].compactMap { Platform($0) }.map { platform in
            Sandbox.runs(platform, toolbox: toolbox)
                ? .good("contracts of \(platform): can be run here")
                : .advice("contracts of \(platform): are reported as not run here; apt-get install qemu-user-static")
        }
    }

    private static func catalog(_ settings: Settings) -> [DoctorLine] {
        do {
            let files = try CatalogFolder(path: settings.catalog).read()
            let images = files.keys.count { $0.hasPrefix("images/") && $0.hasSuffix("/image.yaml") }
            guard images > 0 else {
                return [.advice("catalog: \(settings.catalog) has no images/ yet; docs/recipe.md says how to write one")]
            }
            return [.good("catalog: \(images) images in \(settings.catalog)")]
        } catch CatalogError.missing {
            let remedy =
                "copy catalog, helpers and feeds of Ashlar's repository here, or name it with --catalog; serve, verify and push need none"
            return [.missing("catalog: there is no \(settings.catalog), and so nothing to build; \(remedy)")]
        } catch {
            let diagnosis = (error as? any Diagnosable)?.diagnosis
            return [.missing("catalog: \(diagnosis?.summary ?? "\(error)"); \(diagnosis?.remedy ?? "")")]
        }
    }

    // Not a fault: the process is another one all the same.
    private static var signerUser: DoctorLine {
        let name = SignerDoor.userName
        guard Confinement.user(named: name) == nil else { return .good("signer: becomes the user \(name)") }
        return .advice(
            "signer: builds sign in a process of their own, as root; make a user for it: useradd --system --home-dir /nonexistent "
                + "--shell /usr/sbin/nologin \(name)")
    }

    // What holds here is tried, and then tried by a program that wants to get out.
    private func sandbox(_ toolbox: Toolbox) async -> [DoctorLine] {
        do {
            let sandbox = try await Sandbox.probe(toolbox)
            let missing = sandbox.capabilities.missing
            let need =
                missing.isEmpty ? "" : ", without \(missing.joined(separator: ", ")); build with --allow-missing-limits, or elsewhere"
            let text = "sandbox: \(sandbox.capabilities.backend.rawValue)" + need
            return [missing.isEmpty ? .good(text) : .missing(text), await escapes(sandbox, toolbox)]
        } catch {
            let diagnosis = (error as? any Diagnosable)?.diagnosis
            let reasons = ([diagnosis?.summary ?? "\(error)"] + (diagnosis?.notes ?? [])).joined(separator: "; ")
            let remedy = diagnosis.map { "; \($0.remedy)" } ?? ""
            return [.missing("sandbox: no contract test can be run: \(reasons)\(remedy), or build with --allow-missing-limits")]
        }
    }

    private func escapes(_ sandbox: Sandbox, _ toolbox: Toolbox) async -> DoctorLine {
        do {
            let report = try await SandboxSelfTest(sandbox, toolbox: toolbox).run()
            guard report.broken.isEmpty else {
                return .missing("escape test: NOT held: \(report.broken.joined(separator: ", ")); do not build here, and report it")
            }
            return .good("escape test: \(report.held.count) attempts held")
        } catch {
            return .missing("escape test: not run: \((error as? any Diagnosable)?.diagnosis.summary ?? "\(error)")")
        }
    }

    private func key(_ settings: Settings) -> DoctorLine {
        if let socket = settings.signer {
            let isThere = FileManager.default.fileExists(atPath: socket)
            return isThere ? .good("signer: the socket \(socket)") : .missing("signer: no socket \(socket); start it, as docs/keys.md says")
        }
        if settings.keyIsInToken { return .good("signing key: in a PKCS#11 token") }
        var status = stat()
        guard stat(settings.keyFile, &status) == 0 else { return .missing("signing key: missing; run ashlar keys generate") }
        // As the signer sees it: the group may read, since that is how orchestrators mount secrets.
        guard status.st_mode & 0o037 == 0 else { return .missing("signing key: others may read \(settings.keyFile); chmod 600 it") }
        return .good("signing key: \(settings.keyFile)")
    }
}

/// One thing that the doctor looked at.
enum DoctorLine: Hashable {
    case good(String)
    /// Works as it is, and would be better otherwise.
    case advice(String)
    /// Something that is needed is not there: the exit code says so.
    case missing(String)

    var isMissing: Bool { if case .missing = self { true } else { false } }
    var text: String {
        switch self {
        case .good(let text): "ok       " + text
        case .advice(let text): "advice   " + text
        case .missing(let text): "MISSING  " + text
        }
    }
}
