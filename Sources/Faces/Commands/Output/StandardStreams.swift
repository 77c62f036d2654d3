// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation

/// Takes the place of Swift's `print` in this module, which does not tell when nobody reads or the disk is full.
func print(_ text: String, terminator: String = "\n") {
    switch StandardStreams.write(Array((text + terminator).utf8), to: 1) {
    case .written: return
    case .nobodyReads: StandardStreams.endUnread()
    case .failed(let reason):
        let diagnosis = Diagnosis(
            "command.output", .unavailable, "could not write standard output: \(reason)",
            remedy: "make room where it goes, or send it elsewhere")
        StandardStreams.say(diagnosis.rendered + "\n")
        _exit(Failure.exitCode(.unavailable))
    }
}

/// What a program prints, to readers who may go: `ashlar log monitor | head -1`.
enum StandardStreams {
    enum Outcome: Equatable {
        case written
        /// The other end of the pipe was closed.
        case nobodyReads
        case failed(reason: String)
    }

    /// Gives this process the three streams that every program counts on. Where one is closed, the next file to be opened would
    /// take its number: what is printed would go into the records of the store.
    static func complete() {
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) < 0 { _ = open("/dev/null", O_RDWR) }
    }

    /// Writes all of it. A pipe without a reader is an outcome here, also where the signal for it is not ignored.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Outcome {
        guard !isUnread(descriptor) else { return .nobodyReads }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Whoever shares the descriptor made it one that does not wait.
                var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&state, 1, -1)
            } else if errno != EINTR {
                return errno == EPIPE ? .nobodyReads : .failed(reason: String(cString: strerror(errno)))
            }
        }
        return .written
    }

    /// Whether the descriptor is a pipe whose reader has gone.
    static func isUnread(_ descriptor: Int32) -> Bool {
        var state = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&state, 1, 0) == 1 && state.revents & Int16(POLLERR) != 0
    }

    /// Tells something on standard error. That nobody reads it is no reason to stop working.
    static func say(_ text: String) { _ = write(Array(text.utf8), to: 2) }

    /// Ends this process the way a pipe without a reader ends programs: by the signal, silently.
    static func endUnread() -> Never {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        _exit(128 + SIGPIPE)
    }
}
