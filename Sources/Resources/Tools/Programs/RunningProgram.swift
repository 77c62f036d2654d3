// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Synchronization

/// A program between its start and its end. One thread of its own feeds and reads it, so that nothing blocks the caller.
package final class RunningProgram: Sendable {
    /// The process id, which is also the id of its process group.
    package let pid: Int32
    package let name: String
    private let state: Mutex<State>
    /// Writing a byte here wakes the thread.
    private let wake: Pipe

    private struct State {
        var input: Int32
        var pending: ArraySlice<UInt8>
        var closesWhenSent: Bool
        var stdout: [UInt8] = []
        var stderr: [UInt8] = []
        var truncated = false
        /// Set when the process id was given back to the system: nobody may send it signals any more.
        var isReaped = false
        /// Set together with the last bytes of output.
        var end: ProgramEnd?
        var waiters: [CheckedContinuation<ProgramResult, Never>] = []
        var result: ProgramResult? {
            end.map { ProgramResult(end: $0, stdout: stdout, stderr: stderr, truncated: truncated) }
        }
    }

    /// Starts a program.
    package init(starting program: Program) throws(ToolsError) {
        let output = try Pipe()
        let error = try Pipe()
        wake = try Pipe()
        let input = program.input == .none ? nil : try Pipe()
        var started: Result<pid_t, ToolsError> = .success(0)
        do throws(ToolsError) {
            started = .success(
                try Spawn(program: program, streams: (input?.reading ?? -1, output.writing, error.writing)).start())
        } catch { started = .failure(error) }
        for end in [output.writing, error.writing, input?.reading ?? -1] where end >= 0 { close(end) }
        if case .failure = started {
            for end in [output.reading, error.reading, input?.writing ?? -1, wake.reading, wake.writing] where end >= 0 { close(end) }
        }
        pid = try started.get()
        name = program.name
        var pending: ArraySlice<UInt8> = []
        if case .bytes(let bytes) = program.input { pending = bytes[...] }
        state = Mutex(State(input: input?.writing ?? -1, pending: pending, closesWhenSent: program.input != .held))
        if let writing = input?.writing { _ = fcntl(writing, F_SETFL, O_NONBLOCK) }
        for reading in [output.reading, error.reading, wake.reading] { _ = fcntl(reading, F_SETFL, O_NONBLOCK) }
        let deadline = program.timeout.map { ContinuousClock.now + $0 }
        let limit = program.outputLimit
        Thread.detachNewThread { [self] in
            pump(output: output.reading, error: error.reading, deadline: deadline, limit: limit)
        }
    }

    /// Waits for the end. Cancelling the waiting task kills the process group.
    package func wait() async -> ProgramResult {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let finished = state.withLock { state -> ProgramResult? in
                    if state.end == nil { state.waiters.append(continuation) }
                    return state.result
                }
                if let finished { continuation.resume(returning: finished) }
            }
        } onCancel: {
            signal(SIGKILL, .group)
        }
    }

    /// The result when it has ended, nil while it runs.
    package var result: ProgramResult? { state.withLock { $0.result } }
    /// What it has said so far.
    package var outputSoFar: (stdout: [UInt8], stderr: [UInt8]) { state.withLock { ($0.stdout, $0.stderr) } }

    package enum Target: Sendable { case process, group }

    /// Sends a signal; a program that has ended is left alone.
    package func signal(_ number: Int32, _ target: Target = .process) {
        // The thread reaps under the same lock, so the number cannot belong to another process by now.
        state.withLock { state in
            if !state.isReaped { _ = kill(target == .group ? -pid : pid, number) }
        }
    }

    /// Writes to the standard input of a program started with `.held`.
    package func send(_ bytes: [UInt8]) {
        state.withLock { $0.pending += bytes }
        poke()
    }

    /// Ends the standard input of a program started with `.held`, after what was sent.
    package func closeInput() {
        state.withLock { $0.closesWhenSent = true }
        poke()
    }

    private func poke() { _ = Glibc.write(wake.writing, [1], 1) }

    // MARK: - The thread

    private func pump(output: Int32, error: Int32, deadline: ContinuousClock.Instant?, limit: Int) {
        // A write to a pipe nobody reads must be an error of this thread, not the end of the process.
        var brokenPipe = sigset_t()
        sigemptyset(&brokenPipe)
        sigaddset(&brokenPipe, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &brokenPipe, nil)

        var streams = [output, error]
        var timedOut = false
        var idle: Int32 = 1
        while true {
            feed()
            let ended = reap(timedOut: timedOut)
            for index in streams.indices where streams[index] >= 0 {
                if drain(streams[index], index == 0 ? \.stdout : \.stderr, limit: limit) {
                    close(streams[index])
                    streams[index] = -1
                }
            }
            if let ended {
                for stream in streams where stream >= 0 { close(stream) }
                return finish(ended)
            }
            if !timedOut, let deadline, ContinuousClock.now >= deadline {
                timedOut = true
                signal(SIGKILL, .group)
            }
            idle = wait(streams, deadline: timedOut ? nil : deadline, idle: idle)
        }
    }

    /// Sleeps until something moves; returns the next longest sleep in milliseconds.
    private func wait(_ streams: [Int32], deadline: ContinuousClock.Instant?, idle: Int32) -> Int32 {
        let (input, hasPending) = state.withLock { ($0.input, !$0.pending.isEmpty) }
        var polled = streams.filter { $0 >= 0 }.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        polled.append(pollfd(fd: wake.reading, events: Int16(POLLIN), revents: 0))
        if input >= 0, hasPending { polled.append(pollfd(fd: input, events: Int16(POLLOUT), revents: 0)) }
        var sleep = idle
        if let deadline {
            let left = deadline - ContinuousClock.now
            sleep = min(
                sleep, Int32(clamping: max(1, left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000)))
        }
        let moved = poll(&polled, nfds_t(polled.count), sleep)
        var scratch: [UInt8] = Array(repeating: 0, count: 16)
        _ = read(wake.reading, &scratch, scratch.count)
        // The end of a process whose pipes a grandchild holds open is only seen by asking: at most every 50 ms.
        return moved > 0 ? 1 : min(idle * 2, 50)
    }

    private func feed() {
        state.withLock { state in
            while state.input >= 0, !state.pending.isEmpty {
                let written = state.pending.withUnsafeBytes { Glibc.write(state.input, $0.baseAddress, $0.count) }
                if written < 0, errno == EAGAIN || errno == EINTR { return }
                if written <= 0 {
                    state.pending = []
                    break
                }
                state.pending = state.pending.dropFirst(written)
            }
            if state.input >= 0, state.pending.isEmpty, state.closesWhenSent {
                close(state.input)
                state.input = -1
            }
        }
    }

    /// Reads what is there; true at the end of the stream.
    private func drain(_ descriptor: Int32, _ stream: WritableKeyPath<State, [UInt8]>, limit: Int) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        for _ in 0..<64 {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 { return errno != EAGAIN && errno != EINTR }
            if count == 0 { return true }
            state.withLock { state in
                let room = max(0, limit - state[keyPath: stream].count)
                state[keyPath: stream] += buffer[0..<min(room, count)]
                if count > room { state.truncated = true }
            }
        }
        return false
    }

    private func reap(timedOut: Bool) -> ProgramEnd? {
        state.withLock { state in
            var status: Int32 = 0
            let reaped = waitpid(pid, &status, WNOHANG)
            if reaped < 0, errno == ECHILD {
                // Whoever started us ignores the end of children, so the system has forgotten this one's status.
                state.isReaped = true
                return timedOut ? .timedOut : .exited(255)
            }
            guard reaped == pid else { return nil }
            let signal = status & 0x7F
            state.isReaped = true
            return timedOut ? .timedOut : signal == 0 ? .exited(Int(status >> 8) & 0xFF) : .signalled(Int(signal))
        }
    }

    private func finish(_ end: ProgramEnd) {
        let (result, waiters) = state.withLock { state -> (ProgramResult, [CheckedContinuation<ProgramResult, Never>]) in
            if state.input >= 0 { close(state.input) }
            state.input = -1
            state.end = end
            defer { state.waiters = [] }
            return (
                ProgramResult(end: end, stdout: state.stdout, stderr: state.stderr, truncated: state.truncated), state.waiters
            )
        }
        for waiter in waiters { waiter.resume(returning: result) }
    }

    deinit {
        close(wake.reading)
        close(wake.writing)
    }
}
