// SPDX-License-Identifier: Apache-2.0

/// One promise of an image, kept or broken by running it in the sandbox.
package struct ContractTest: Hashable, Sendable, Codable {
    package var name: String
    /// The command line; empty runs the image's own entrypoint and command.
    package var run: [String]
    /// A program of ours that is shown to the image and run in it, in place of the image's own.
    package var probe: Probe?
    /// Arguments after the image's own entrypoint, when `run` is empty.
    package var arguments: [String]
    package var environment: [String: String]
    /// Files mounted read-only before the start: absolute path -> text.
    package var files: [String: String]
    /// Bytes given to standard input.
    package var input: String?
    package var expect: Expectation
    /// Set when the program is a server: it is started, spoken to and stopped by the image's stop signal.
    package var server: ServerTest?
    /// `both` (65532:65532 and a random UID with GID 0) unless the test needs the name of the user, or is about root.
    package var users: UserChoice
    package var timeoutSeconds: Int

    package init(name: String, run: [String] = [], expect: Expectation = Expectation()) {
        self.name = name
        self.run = run
        probe = nil
        arguments = []
        environment = [:]
        files = [:]
        input = nil
        self.expect = expect
        server = nil
        users = .both
        timeoutSeconds = 60
    }

    package enum UserChoice: String, Hashable, Sendable, Codable, CaseIterable {
        case both, nonroot, root
    }

    /// What the program of ours is linked to; `helpers/probes/` has their sources.
    package enum Probe: String, Hashable, Sendable, Codable, CaseIterable {
        case `static`, dynamic
        case cxx = "c++"
    }
}

/// What must be true of a process that ended.
package struct Expectation: Hashable, Sendable, Codable {
    /// Exit status; nil accepts any (for a server: the status after its stop signal).
    package var exit: Int?
    /// Texts that standard output must contain, in any order.
    package var stdout: [String]
    package var stderr: [String]
    /// Texts that neither output may contain.
    package var absent: [String]
    package init(exit: Int? = 0, stdout: [String] = [], stderr: [String] = [], absent: [String] = []) {
        self.exit = exit
        self.stdout = stdout
        self.stderr = stderr
        self.absent = absent
    }
}

/// A conversation with a running server.
package struct ServerTest: Hashable, Sendable, Codable {
    /// Seconds until the first step must succeed; it is tried again until then.
    package var readyWithinSeconds: Int
    package var steps: [ServerStep]
    /// Seconds the server may take to end after its stop signal.
    package var stopsWithinSeconds: Int
    package init(steps: [ServerStep], readyWithinSeconds: Int = 30, stopsWithinSeconds: Int = 15) {
        self.steps = steps
        self.readyWithinSeconds = readyWithinSeconds
        self.stopsWithinSeconds = stopsWithinSeconds
    }
}

package enum ServerStep: Hashable, Sendable, Codable {
    /// GET http://127.0.0.1:port/path and compare.
    case http(port: Int, path: String, status: Int, contains: [String])
    /// Connect, send these bytes (escapes of the recipe already resolved), read until every text was seen.
    case tcp(port: Int, send: [UInt8], contains: [String])
    /// Send one datagram, read one back; the texts are looked for in it.
    case udp(port: Int, send: [UInt8], contains: [String])
    /// One FastCGI request (responder role) with these parameters.
    case fastcgi(port: Int, parameters: [String: String], contains: [String])
    /// Runs a program of the image beside the server.
    case exec(command: [String], environment: [String: String], expect: Expectation)
    /// As `tcp` and `udp`, for answers that are not text.
    case binary(transport: Transport, port: Int, send: [UInt8], contains: [[UInt8]])
    /// Stops the server by its stop signal and starts it again on the same data.
    case restart
    /// Kills the server without warning, at once or as soon as it made this path, and starts it again on what it left.
    case kill(whenExists: String?)

    package enum Transport: String, Hashable, Sendable, Codable {
        case tcp, udp
    }
}

/// How one contract test ended under one user.
package struct ContractResult: Hashable, Sendable, Codable {
    package enum Outcome: String, Hashable, Sendable, Codable {
        case passed, failed, notRun
    }
    package var test: String
    package var platform: String
    /// `65532:65532`.
    package var user: String
    package var outcome: Outcome
    /// What was expected and found, or why it was not run.
    package var detail: String
    /// The limits that really held: `read-only-root`, `seccomp`, `memory=2147483648`, `pids=512`, `network=none`, …
    package var enforced: [String]
    /// Limits that were wanted and are missing on this host.
    package var missing: [String]
    package init(
        test: String, platform: String, user: String, outcome: Outcome, detail: String, enforced: [String], missing: [String]
    ) {
        self.test = test
        self.platform = platform
        self.user = user
        self.outcome = outcome
        self.detail = detail
        self.enforced = enforced
        self.missing = missing
    }
}
