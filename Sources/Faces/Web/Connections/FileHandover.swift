// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NIOCore
import Synchronization

/// Bodies that are files, on their way from who answers a request to the connection it came on.
///
/// The library's bodies are bytes. An answer whose body is a file has a header of ours with a number instead, and empty pieces where
/// the file's pieces belong; `FileSender`, which sits below the library in the connection's pipeline, takes the header away and
/// gives the pieces to the kernel. Routing, middleware and limits of the library see an answer like any other.
final class FileHandover: Sendable {
    /// The header that names a body. Never leaves the program: connections without a sender are not offered files.
    static let header = "Ashlar-File"
    static let field: HTTPField.Name? = HTTPField.Name(header)

    /// Bytes given to the kernel at once: a slow client shows that it takes something after each.
    static let pieceSize = 2 << 20

    private struct State {
        var next = 0
        var bodies: [Int: Weak] = [:]
        var channels: Set<ObjectIdentifier> = []
    }
    private struct Weak {
        weak let body: FileBody?
    }
    private let state = Mutex(State())

    /// From now until it closes, answers on this channel may be files.
    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        state.withLock { _ = $0.channels.insert(id) }
        channel.closeFuture.whenComplete { _ in self.state.withLock { _ = $0.channels.remove(id) } }
    }

    /// A body for an answer on a channel; nil when files cannot be sent there. Takes the descriptor over when it gives one.
    func body(of descriptor: () throws -> CInt, _ range: Range<Int>, on channel: any Channel) throws -> FileBody? {
        guard state.withLock({ $0.channels.contains(ObjectIdentifier(channel)) }) else { return nil }
        let body = FileBody(
            try descriptor(), range,
            number: state.withLock { state in
                state.next += 1
                return state.next
            })
        state.withLock { state in
            state.bodies[body.number] = Weak(body: body)
            // What was never taken ended with its answer.
            if state.bodies.count > 4096 { state.bodies = state.bodies.filter { $0.value.body != nil } }
        }
        return body
    }

    func take(_ number: Int) -> FileBody? { state.withLock { $0.bodies.removeValue(forKey: number)?.body } }
}

/// A part of an open file that is the body of an answer. The file is closed with the last reference.
final class FileBody: Sendable {
    let number: Int
    let range: Range<Int>
    private let handle: NIOFileHandle

    init(_ descriptor: CInt, _ range: Range<Int>, number: Int) {
        handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
        self.range = range
        self.number = number
    }

    deinit { try? handle.close() }

    func region(_ part: Range<Int>) -> FileRegion {
        FileRegion(fileHandle: handle, readerIndex: part.lowerBound, endIndex: part.upperBound)
    }

    /// How many pieces it is sent in.
    var pieceCount: Int { (range.count + FileHandover.pieceSize - 1) / FileHandover.pieceSize }
}
