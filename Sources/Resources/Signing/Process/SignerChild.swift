// SPDX-License-Identifier: Apache-2.0
import CProcess
import Glibc

/// A signer that lives as long as one build: a child process at the other end of a pair of sockets.
///
/// It has the socket as descriptor 3, /dev/null as input and output, this process's error stream, and nothing else.
package final class SignerChild: Sendable {
    package static let descriptor: Int32 = 3
    package let channel: FrameChannel
    package let processID: Int32

    /// - Parameter command: the program and its arguments; a program that starts signs when asked over descriptor 3.
    package init(starting command: [String], environment: [String: String]) throws(SigningError) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw .unreachable(place: "a child process", reason: reason(errno))
        }
        channel = FrameChannel(owning: ends[0])
        defer { close(ends[1]) }
        processID = try Self.spawn(command, environment, socket: ends[1])
    }

    /// Hangs up and waits for the end of the process; its exit code, or nil when a signal ended it.
    @discardableResult
    package func end() -> Int32? {
        channel.hangUp()
        var status: Int32 = 0
        while waitpid(processID, &status, 0) < 0, errno == EINTR {}
        // WIFEXITED and WEXITSTATUS of sys/wait.h, which are macros.
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
    }

    private static func spawn(_ command: [String], _ environment: [String: String], socket: Int32) throws(SigningError) -> Int32 {
        guard let program = command.first else { throw .unreachable(place: "a child process", reason: "no program was named") }
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, socket, descriptor)
        ashlar_close_from(&actions, descriptor + 1)
        var everySignal = sigset_t()
        var noSignal = sigset_t()
        sigfillset(&everySignal)
        sigemptyset(&noSignal)
        posix_spawnattr_setsigdefault(&attributes, &everySignal)
        posix_spawnattr_setsigmask(&attributes, &noSignal)
        // A group of its own: Ctrl-C ends the build, and the end of the build ends the signer.
        posix_spawnattr_setpgroup(&attributes, 0)
        // SETPGROUP 2, SETSIGDEF 4, SETSIGMASK 8 (spawn.h); the enumerators do not all reach Swift.
        posix_spawnattr_setflags(&attributes, 2 | 4 | 8)
        var pid: pid_t = 0
        let code = CStrings.with(["ashlar"] + command.dropFirst()) { arguments in
            CStrings.with(environment.map { "\($0.key)=\($0.value)" }.sorted()) { variables in
                posix_spawn(&pid, program, &actions, &attributes, arguments, variables)
            }
        }
        guard code == 0 else { throw .unreachable(place: "a child process", reason: "\(program): \(reason(code))") }
        return pid
    }
}

private enum CStrings {
    /// Calls `body` with a null-terminated array of C strings that live as long as the call.
    static func with<Result>(_ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result) -> Result {
        let array = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count + 1)
        for (index, text) in texts.enumerated() { (array + index).initialize(to: strdup(text)) }
        (array + texts.count).initialize(to: nil)
        defer {
            for index in texts.indices { free(array[index]) }
            array.deallocate()
        }
        return body(array)
    }
}
