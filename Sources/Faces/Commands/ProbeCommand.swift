// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Sandbox

/// Speaks to a server under test from inside the sandbox's network namespace. Started by the sandbox, not by people.
struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "sandbox-probe", abstract: "Used by the sandbox.", shouldDisplay: false)
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

    func run() async throws {
        let code = ProbeClient.main(arguments: arguments)
        if code != 0 { throw ExitCode(code) }
    }
}
