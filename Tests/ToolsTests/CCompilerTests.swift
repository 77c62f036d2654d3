import Base
// SPDX-License-Identifier: Apache-2.0
import OCI
import Testing

@testable import Tools

@Suite struct CCompilerTests {
    private let source = "#include <stdio.h>\nint main(void) { puts(__FILE__ \" \" __DATE__); return 0; }\n"

    @Test(arguments: [Platform.amd64, .arm64])
    func `two compilations give the same bytes`(_ platform: Platform) async throws {
        let toolbox = Toolbox()
        guard toolbox.find("\(platform.triplet)-gcc") != nil else {
            Issue.record("no \(platform.triplet)-gcc: reproducible compilation is NOT tested", severity: .warning)
            return
        }
        let compiler = try await CCompiler(for: platform, toolbox: toolbox)
        let first = try await compiler.compile(source, named: "probe", flags: ["-O2", "-static"])
        let second = try await compiler.compile(source, named: "probe", flags: ["-O2", "-static"])
        #expect(first.bytes == second.bytes)
        #expect(first.bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]))
        #expect(first.compiler.contains("gcc"))
        #expect(first.bytes.firstRange(of: Array("ashlar-cc".utf8)) == nil)
        #expect(first.bytes.firstRange(of: Array("Jan  1 1970".utf8)) != nil)
    }

    @Test func `a missing compiler is named with Debian's package`() async {
        await #expect(
            throws: ToolsError.missing(program: "x86_64-linux-gnu-gcc", package: "gcc-x86-64-linux-gnu libc6-dev-amd64-cross")
        ) {
            _ = try await CCompiler(for: .amd64, toolbox: Toolbox(searchPath: []))
        }
    }

    @Test func `an error of the source comes with the compiler's words`() async throws {
        let toolbox = Toolbox()
        guard toolbox.find("x86_64-linux-gnu-gcc") != nil else { return }
        let compiler = try await CCompiler(for: .amd64, toolbox: toolbox)
        let failure = await #expect(throws: ToolsError.self) {
            _ = try await compiler.compile("int main(void) { return x; }", named: "broken")
        }
        #expect(failure?.diagnosis.notes.contains { $0.contains("broken.c") } == true)
    }
}
