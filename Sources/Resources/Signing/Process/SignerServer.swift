// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Glibc
import Synchronization

/// Answers builders over Unix sockets. Each connection has a thread, so that one that is slow, or means harm, keeps nobody waiting.
package final class SignerServer: Sendable {
    package struct Limits: Sendable {
        package var connections = 64
        /// Of one user, so that a user can only take this from itself.
        package var connectionsOfUser = 16
        package var bytesOfUser = 256 << 20
        /// Between two requests.
        package var silence: Duration = .seconds(30)
        /// From the first byte of a request to its last, and for an answer.
        package var request: Duration = .seconds(60)
        package init() {}
    }

    private let desk: SigningDesk
    private let allowed: Set<UInt32>
    private let limits: Limits
    private let state = Mutex(State())
    /// A byte here wakes the thread that accepts.
    private let wake: (reading: Int32, writing: Int32)

    private struct State {
        var isStopping = false
        var number = 0
        var channels: [Int: FrameChannel] = [:]
        var waiting: Set<Int> = []
        var connections: [UInt32: Int] = [:]
        var bytes: [UInt32: Int] = [:]
    }

    /// - Parameter allowed: users whose processes may ask, by number.
    package init(desk: SigningDesk, allowed: Set<UInt32>, limits: Limits = Limits()) throws(SigningError) {
        self.desk = desk
        self.allowed = allowed
        self.limits = limits
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw .cannotListen(place: "a pair of sockets", reason: reason(errno))
        }
        wake = (ends[0], ends[1])
    }

    deinit {
        close(wake.reading)
        close(wake.writing)
    }

    /// Serves the one connection that a parent process left behind, until it hangs up. Blocks the thread.
    package func serve(_ channel: FrameChannel) {
        guard let peer = channel.peer, let number = admit(channel, peer) else { return }
        converse(channel, peer, number: number, silence: nil)
    }

    /// Accepts connections until `stop`, then waits for answers that are under way. Blocks the thread.
    package func serve(_ socket: SignerSocket) throws(SigningError) {
        while true {
            var entries = [socket.descriptor, wake.reading].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&entries, 2, -1) >= 0 || errno == EINTR else {
                throw .cannotListen(place: socket.path, reason: reason(errno))
            }
            let (isStopping, isIdle) = state.withLock { ($0.isStopping, $0.channels.isEmpty) }
            if isStopping {
                if isIdle { return }
                var ignored: UInt8 = 0
                // One byte for the stop and one for each conversation that has ended.
                recv(wake.reading, &ignored, 1, 0)
                if state.withLock({ $0.channels.isEmpty }) { return }
                continue
            }
            if entries[1].revents != 0 {
                var ignored: UInt8 = 0
                recv(wake.reading, &ignored, 1, 0)
            }
            if entries[0].revents != 0 { accept(from: socket) }
        }
    }

    /// Ends `serve`: requests that were read are answered, nothing new is read.
    package func stop() {
        let idle = state.withLock { state in
            state.isStopping = true
            return state.waiting.compactMap { state.channels[$0] }
        }
        for channel in idle { channel.hangUp() }
        poke()
    }

    private func poke() { send(wake.writing, [1], 1, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)) }

    private func accept(from socket: SignerSocket) {
        let descriptor = Glibc.accept(socket.descriptor, nil, nil)
        guard descriptor >= 0 else {
            // Out of descriptors: a moment's rest is better than turning in circles.
            if errno == EMFILE || errno == ENFILE { usleep(10_000) }
            return
        }
        let channel = FrameChannel(owning: descriptor)
        guard let peer = channel.peer, allowed.contains(peer.uid) else {
            let who = channel.peer.map { "user \($0.uid)" } ?? "an unknown user"
            desk.note(turnedAway: channel.peer, reason: "\(who) is not allowed to ask")
            return refuse(channel, .refused(reason: "\(who) is not allowed to ask; see --allow-user"))
        }
        guard let number = admit(channel, peer) else {
            return refuse(channel, .lost(reason: "there are too many connections; try again later"))
        }
        Thread.detachNewThread { [self] in
            converse(channel, peer, number: number, silence: limits.silence)
            poke()
        }
    }

    private func admit(_ channel: FrameChannel, _ peer: Peer) -> Int? {
        state.withLock { state in
            guard !state.isStopping, state.channels.count < limits.connections,
                state.connections[peer.uid, default: 0] < limits.connectionsOfUser
            else { return nil }
            state.number += 1
            state.channels[state.number] = channel
            state.connections[peer.uid, default: 0] += 1
            return state.number
        }
    }

    // MARK: - The thread of a connection

    private func converse(_ channel: FrameChannel, _ peer: Peer, number: Int, silence: Duration?) {
        defer {
            state.withLock { state in
                state.channels[number] = nil
                state.waiting.remove(number)
                state.connections[peer.uid, default: 1] -= 1
            }
        }
        while true {
            let goesOn = state.withLock { state in
                if !state.isStopping { state.waiting.insert(number) }
                return !state.isStopping
            }
            do throws(SigningError) {
                guard goesOn, try channel.waitForRequest(until: silence.map { .now + $0 }) else { return }
            } catch { return }
            state.withLock { _ = $0.waiting.remove(number) }
            var held = 0
            defer { release(held, of: peer) }
            do throws(SigningError) {
                let answer = try answer(channel, peer, until: .now + limits.request, holding: &held)
                try channel.writeFrame(answer.bytes, until: .now + limits.request)
            } catch { return refuse(channel, error) }
        }
    }

    private func answer(
        _ channel: FrameChannel, _ peer: Peer, until deadline: ContinuousClock.Instant, holding held: inout Int
    ) throws(SigningError) -> SignerAnswer {
        let request = try SignerRequest(reading: channel.readFrame(limit: SignerProtocol.headerLimit, until: deadline))
        switch request {
        case .hello: return .identity(publicKeyDER: desk.keys.publicKeyDER, logPublicKey: desk.keys.logPublicKey)
        case .lastCheckpoint:
            do {
                guard let last = try desk.lastCheckpoint() else { return .noCheckpoint }
                return .lastCheckpoint(size: last.size, root: last.root)
            } catch { return Self.refusal(error) }
        case .sign(let kinds):
            var messages: [SignableMessage] = []
            for kind in kinds {
                let bytes = try channel.readFrame(limit: SignerProtocol.messageLimit, until: deadline) { length throws(SigningError) in
                    try reserve(length, of: peer, holding: &held)
                }
                messages.append(kind.message(bytes))
            }
            do { return .signatures(try desk.sign(messages, for: peer)) } catch { return Self.refusal(error) }
        }
    }

    private func reserve(_ count: Int, of peer: Peer, holding held: inout Int) throws(SigningError) {
        guard held + count <= SignerProtocol.requestLimit else {
            throw .brokenProtocol(reason: "a request of more than \(SignerProtocol.requestLimit) bytes")
        }
        let fits = state.withLock { state in
            guard state.bytes[peer.uid, default: 0] + count <= limits.bytesOfUser else { return false }
            state.bytes[peer.uid, default: 0] += count
            return true
        }
        guard fits else { throw .lost(reason: "the requests of user \(peer.uid) hold too much memory; try again later") }
        held += count
    }

    private func release(_ count: Int, of peer: Peer) {
        state.withLock { $0.bytes[peer.uid, default: count] -= count }
    }

    // Best effort, without waiting: the connection is closed after it.
    private func refuse(_ channel: FrameChannel, _ error: SigningError) {
        try? channel.writeFrame(Self.refusal(error).bytes, until: .now + .milliseconds(1))
    }

    private static func refusal(_ error: any Error) -> SignerAnswer {
        guard let known = error as? any Diagnosable else {
            return .refusal(code: "signing.internal", reason: "the signer failed; see its own output")
        }
        let diagnosis = known.diagnosis
        if let error = error as? SigningError, case .refused(let reason) = error {
            return .refusal(code: diagnosis.code, reason: String(reason.prefix(2000)))
        }
        return .refusal(code: diagnosis.code, reason: String(diagnosis.summary.prefix(2000)))
    }
}

/// A socket in the file system at which a signer listens. Its lock, beside it, keeps a second signer away.
package final class SignerSocket: Sendable {
    package let path: String
    let descriptor: Int32
    private let lock: Int32

    /// Makes the socket, mode 0600, or 0660 when a group may connect; nobody can connect until `listen`.
    ///
    /// - Parameters:
    ///   - owner: who will listen; nil is the user of this process.
    package init(path: String, owner: Confinement.User? = nil, group: UInt32? = nil) throws(SigningError) {
        self.path = path
        try LocalSocket.check(folderOf: path, uids: [0, geteuid(), owner?.uid ?? geteuid()])
        let lock = open(path + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw .cannotListen(place: path, reason: "\(path).lock: \(reason(errno))") }
        self.lock = lock
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw .alreadyRunning(place: path)
        }
        do throws(SigningError) { descriptor = try LocalSocket.bind(to: path, uids: [0, geteuid(), owner?.uid ?? geteuid()]) } catch {
            close(lock)
            throw error
        }
        if owner != nil || group != nil {
            guard lchown(path, owner?.uid ?? uid_t.max, group ?? gid_t.max) == 0, group == nil || chmod(path, 0o660) == 0 else {
                throw .cannotListen(place: path, reason: "owner and group: \(reason(errno))")
            }
        }
    }

    /// Lets clients in. They see the user that this process has now.
    package func listen() throws(SigningError) {
        guard Glibc.listen(descriptor, 64) == 0 else { throw .cannotListen(place: path, reason: reason(errno)) }
    }

    deinit {
        // In a folder that is not its own the signer leaves the name behind; the next one removes it.
        unlink(path)
        close(descriptor)
        close(lock)
    }
}
