// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Debian
import OCI
import TestKit
import Testing

struct ScriptTests {
    private static let script = "#!/bin/sh\nset -e\n# comment\nupdate-tool /usr/lib/x86_64-linux-gnu/tool\n"
    private let deb = DebBuilder.program("tool").changed { $0.controlFiles = ["postinst": script] }
    private static let hash = ScriptNormaliser.normalisedHash(script, package: "tool", triplet: Platform.amd64.triplet)

    private func bench(_ verdict: ScriptVerdict) -> Bench {
        var bench = Bench()
        bench.scripts.scripts = [ScriptEntry(sha256: Self.hash.hex, kind: "postinst", packages: ["tool"], verdict: verdict)]
        return bench
    }

    @Test func `a script that nobody read stops the build and is shown`() async throws {
        let refusal = await Bench().refusal([deb])
        #expect(refusal?.code == "assemble.unclassified-script")
        #expect(refusal?.kind == .policy)
        #expect(refusal?.summary.contains("postinst") == true && refusal?.summary.contains("tool 1.0-1") == true)
        #expect(refusal?.notes.contains("| update-tool /usr/lib/x86_64-linux-gnu/tool") == true)
        #expect(refusal?.remedy.contains(Self.hash.hex) == true)
    }

    @Test func `all unread scripts are told at once`() async throws {
        let other = DebBuilder.program("other").changed {
            $0.controlFiles = ["preinst": "exit 1\n", "triggers": "interest-noawait strange\n"]
        }
        let refusal = await Bench().refusal([deb, other])
        let text = refusal?.rendered ?? ""
        for part in ["preinst script of other", "postinst script of tool", "interest-noawait strange"] { #expect(text.contains(part)) }
    }

    @Test func `what a script would print does not reach the terminal raw`() async throws {
        let refusal = await Bench().refusal([deb.changed { $0.controlFiles = ["postinst": "echo \u{1B}[31m\u{7}red\n"] }])
        #expect(refusal?.rendered.unicodeScalars.contains { $0.value == 0x1B || $0.value == 7 } == false)
        #expect(refusal?.rendered.contains("red") == true)
    }

    @Test func `a script that was read and needs nothing is recorded`() async throws {
        let image = try await bench(.ignored(reason: "only for upgrades")).assemble([deb])
        #expect(image.package("tool")?.scripts == ["postinst: ignored, only for upgrades"])
    }

    @Test func `the table's hash is of the platform's normalised text`() async throws {
        let arm = deb.changed {
            $0.architecture = "arm64"
            $0.controlFiles = ["postinst": Self.script.replacing("x86_64-linux-gnu", with: "aarch64-linux-gnu") + "# more\n\n"]
        }
        let image = try await bench(.ignored(reason: "only for upgrades")).assemble([arm], on: .arm64)
        #expect(image.package("tool")?.scripts.count == 1)
    }

    @Test func `a script that a step stands for needs the step`() async throws {
        var bench = bench(.emulated(steps: ["nsswitch", "time-zone"]))
        bench.recipe.steps = [.nsswitch]
        let refusal = await bench.refusal([deb])
        #expect(refusal?.code == "assemble.missing-step")
        #expect(refusal?.summary.contains("time-zone") == true)
        bench.recipe.steps.append(.timeZone)
        #expect(try await bench.assemble([deb]).package("tool")?.scripts == ["postinst: emulated by nsswitch, time-zone"])
    }

    @Test func `a package in part needs no step, but its script was read`() async throws {
        var bench = bench(.emulated(steps: ["time-zone"]))
        bench.recipe.layers[0].packages = [PackageRequest(package: "tool", only: ["usr/bin/tool"], reason: "test")]
        #expect(try await bench.assemble([deb]).package("tool")?.isPartial == true)
        bench.scripts = ScriptTable()
        #expect(await bench.refusal([deb])?.code == "assemble.unclassified-script")
    }

    @Test func `kinds and triggers are ignored by name`() async throws {
        var bench = Bench()
        bench.scripts.kinds = ["prerm": "runs at removal"]
        bench.scripts.triggers = ["ldconfig": "libraries are found without a cache"]
        let deb = deb.changed { $0.controlFiles = ["prerm": "exit 0\n", "triggers": "# made by dh\nactivate-noawait ldconfig\n"] }
        let image = try await bench.assemble([deb])
        #expect(
            image.package("tool")?.scripts == [
                "prerm: ignored, runs at removal", "trigger ldconfig: libraries are found without a cache",
            ])
        bench.scripts.triggers = [:]
        #expect(await bench.refusal([deb])?.code == "assemble.unclassified-trigger")
    }

    @Test func `a table that learnt does not make fragments again`() async throws {
        var bench = Bench()
        #expect(await bench.refusal([deb]) != nil)
        bench.scripts = self.bench(.ignored(reason: "read meanwhile")).scripts
        _ = try await bench.assemble([deb])
        #expect(bench.cache.hits["fragment"] == 1)
    }
}
