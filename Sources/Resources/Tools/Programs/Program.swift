// SPDX-License-Identifier: Apache-2.0

/// A program to run: where it is, what it gets, and how long and how much it may speak.
///
/// The program sees exactly the environment given here, no open file but its three streams and `openFiles`, and a process
/// group of its own.
package struct Program: Sendable, Hashable {
    package enum Input: Sendable, Hashable {
        /// Standard input is `/dev/null`.
        case none
        case bytes([UInt8])
        /// A pipe that stays open until `RunningProgram.closeInput()` or the end of this process.
        case held
    }

    /// Absolute path.
    package var path: String
    /// Without the program's own name.
    package var arguments: [String]
    package var environment: [String: String]
    package var input: Input
    /// Bytes kept of each stream; the rest is read and forgotten, and `ProgramResult.truncated` says so.
    package var outputLimit: Int
    /// After this the whole process group is killed; nil waits for ever.
    package var timeout: Duration?
    /// Descriptor -> file opened for reading under that number.
    package var openFiles: [Int32: String]

    package init(
        _ path: String, _ arguments: [String] = [], environment: [String: String] = Program.cleanEnvironment,
        input: Input = .none, timeout: Duration? = .seconds(60)
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.input = input
        self.timeout = timeout
        outputLimit = 1 << 20
        openFiles = [:]
    }

    /// Nothing of the caller's environment: a search path and the C locale.
    package static let cleanEnvironment = [
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC",
    ]
    /// The last component of the path, for messages.
    package var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// How a program ended.
package enum ProgramEnd: Sendable, Hashable, CustomStringConvertible {
    case exited(Int)
    case signalled(Int)
    /// Killed by us when its time was over.
    case timedOut

    package var description: String {
        switch self {
        case .exited(let status): "status \(status)"
        case .signalled(let signal): "signal \(signal)"
        case .timedOut: "no end within its time"
        }
    }
}

/// What a program that ended left behind.
package struct ProgramResult: Sendable, Hashable {
    package var end: ProgramEnd
    package var stdout: [UInt8]
    package var stderr: [UInt8]
    /// Whether either stream was longer than the limit.
    package var truncated: Bool

    package init(end: ProgramEnd, stdout: [UInt8] = [], stderr: [UInt8] = [], truncated: Bool = false) {
        self.end = end
        self.stdout = stdout
        self.stderr = stderr
        self.truncated = truncated
    }
    package var succeeded: Bool { end == .exited(0) }
    package var stdoutText: String { String(decoding: stdout, as: UTF8.self) }
    package var stderrText: String { String(decoding: stderr, as: UTF8.self) }
}

/// Finds and runs programs of this machine.
package struct Toolbox: Sendable, Hashable {
    /// Folders in which programs are looked for, in order.
    package var searchPath: [String]
    /// Where temporary folders are made.
    package var temporary: String

    package init(
        searchPath: [String] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"],
        temporary: String = "/tmp"
    ) {
        self.searchPath = searchPath
        self.temporary = temporary
    }

    /// Runs a program to its end. A status other than 0 is a result, not an error; cancelling kills it and throws.
    package func run(_ program: Program) async throws -> ProgramResult {
        let result = await (try RunningProgram(starting: program)).wait()
        try Task.checkCancellation()
        return result
    }

    /// Runs a program and demands status 0 in time.
    @discardableResult
    package func demand(_ program: Program) async throws -> ProgramResult {
        let result = try await run(program)
        if result.end == .timedOut {
            throw ToolsError.timedOut(program: program.name, seconds: Int((program.timeout ?? .zero).components.seconds))
        }
        guard result.succeeded else {
            throw ToolsError.failed(
                program: program.name, status: result.end.description, output: String(result.stderrText.suffix(4000)))
        }
        return result
    }
}
