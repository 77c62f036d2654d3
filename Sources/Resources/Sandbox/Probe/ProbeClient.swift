// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
import Glibc

/// What a probe is to do: a step of a server test, again and again for this long.
package struct ProbeQuestion: Sendable, Codable {
    package var step: ServerStep
    package var milliseconds: Int
    package init(step: ServerStep, milliseconds: Int) {
        self.step = step
        self.milliseconds = milliseconds
    }
}

package struct ProbeAnswer: Sendable, Codable, Hashable {
    package var passed: Bool
    /// What was expected and found, when it did not pass.
    package var detail: String
    package init(passed: Bool, detail: String) {
        self.passed = passed
        self.detail = detail
    }
}

/// Speaks with a server on 127.0.0.1: the program that is started in the server's network, so that images need no clients.
///
/// Plain blocking sockets and nothing else, since it runs without any right and listens to a server that may be hostile.
package enum ProbeClient {
    /// Reads a `ProbeQuestion` from standard input, writes a `ProbeAnswer` to standard output. 0 when there was an answer, 64 when not.
    package static func main(arguments: [String]) -> Int32 {
        guard arguments.isEmpty, let bytes = readAll(0, limit: 8 << 20),
            let question = try? CanonicalJSON.decode(ProbeQuestion.self, from: bytes),
            let answer = try? CanonicalJSON.encode(answer(to: question))
        else { return 64 }
        var rest = answer[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
            guard count > 0 else { return 64 }
            rest = rest.dropFirst(count)
        }
        return 0
    }

    /// Tries until the step passes or the time is over.
    package static func answer(to question: ProbeQuestion) -> ProbeAnswer {
        let deadline = ContinuousClock.now + .milliseconds(max(1, question.milliseconds))
        while true {
            let left = deadline - ContinuousClock.now
            let milliseconds = max(50, Int(left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000))
            let answer = attempt(question.step, milliseconds: min(milliseconds, 10_000))
            if answer.passed || ContinuousClock.now >= deadline { return answer }
            usleep(100_000)
        }
    }

    private static func attempt(_ step: ServerStep, milliseconds: Int) -> ProbeAnswer {
        do throws(ProbeFailure) {
            switch step {
            case .http(let port, let path, let status, let contains):
                let found = try HTTPProbe.get(path, port: port, milliseconds: milliseconds)
                guard found.status == status else {
                    throw ProbeFailure("expected HTTP status \(status), found \(found.status): \(Excerpt.of(found.answer))")
                }
                try demand(contains, in: found.answer)
            case .tcp(let port, let send, let contains):
                let socket = try ProbeSocket(stream: port, milliseconds: milliseconds)
                try socket.send(send)
                try demand(contains, in: try socket.receive { bytes in contains.allSatisfy { Expectation.contains(bytes, $0) } })
            case .udp(let port, let send, let contains):
                let socket = try ProbeSocket(datagram: port, milliseconds: milliseconds)
                try socket.send(send)
                try demand(contains, in: try socket.receiveOnce())
            case .fastcgi(let port, let parameters, let contains):
                try demand(contains, in: try FastCGIProbe.request(parameters, port: port, milliseconds: milliseconds))
            case .binary(let transport, let port, let send, let contains):
                let bytes = try exchange(send, over: transport, port: port, until: contains, milliseconds: milliseconds)
                for wanted in contains where !Self.holds(bytes, wanted) {
                    throw ProbeFailure("expected the bytes \(Hex.encode(wanted)) in the answer, found: \(Excerpt.of(bytes))")
                }
            case .exec, .restart, .kill: throw ProbeFailure("expected a step over the network, found another")
            }
            return ProbeAnswer(passed: true, detail: "")
        } catch { return ProbeAnswer(passed: false, detail: error.detail) }
    }

    private static func exchange(
        _ send: [UInt8], over transport: ServerStep.Transport, port: Int, until contains: [[UInt8]], milliseconds: Int
    ) throws(ProbeFailure) -> [UInt8] {
        switch transport {
        case .tcp:
            let socket = try ProbeSocket(stream: port, milliseconds: milliseconds)
            try socket.send(send)
            return try socket.receive { bytes in contains.allSatisfy { holds(bytes, $0) } }
        case .udp:
            let socket = try ProbeSocket(datagram: port, milliseconds: milliseconds)
            try socket.send(send)
            return try socket.receiveOnce()
        }
    }

    private static func holds(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
        wanted.isEmpty || bytes.indices.contains { bytes[$0...].starts(with: wanted) }
    }

    private static func demand(_ texts: [String], in bytes: [UInt8]) throws(ProbeFailure) {
        for text in texts where !Expectation.contains(bytes, text) {
            throw ProbeFailure("expected \"\(text)\" in the answer, found: \(Excerpt.of(bytes))")
        }
    }

    private static func readAll(_ descriptor: Int32, limit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            guard count > 0, bytes.count + count <= limit else { return nil }
            bytes += buffer[0..<count]
        }
    }
}

struct ProbeFailure: Error {
    let detail: String
    init(_ detail: String) { self.detail = detail }
}
