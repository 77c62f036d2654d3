// SPDX-License-Identifier: Apache-2.0
import Base

// What contract tests and the steps of a conversation are while their keys are read.

/// A test, or the wish not to have one that comes from below.
enum ContractDraft: Sendable {
    case test(ContractTest)
    case left(out: String)

    var name: String {
        switch self {
        case .test(let test): test.name
        case .left(let name): name
        }
    }
}

struct KillDraft: Sendable {
    var path = ""
    var step: ServerStep { .kill(whenExists: path) }
}

struct HTTPDraft: Sendable {
    var port = 0
    var path = "/"
    var status = 200
    var contains: [String] = []
    var step: ServerStep { .http(port: port, path: path, status: status, contains: contains) }
}

struct ExchangeDraft: Sendable {
    var port = 0
    var send: String?
    var sendHexadecimal: String?
    var contains: [String] = []
    var containsHexadecimal: [String] = []

    func step(_ transport: ServerStep.Transport) -> ServerStep {
        let bytes = sendHexadecimal.flatMap { Hex.decode($0) } ?? Array((send ?? "").utf8)
        guard containsHexadecimal.isEmpty else {
            let wanted = contains.map { Array($0.utf8) } + containsHexadecimal.compactMap { Hex.decode($0) }
            return .binary(transport: transport, port: port, send: bytes, contains: wanted)
        }
        return switch transport {
        case .tcp: .tcp(port: port, send: bytes, contains: contains)
        case .udp: .udp(port: port, send: bytes, contains: contains)
        }
    }
}

struct FastCGIDraft: Sendable {
    var port = 0
    var parameters: [String: String] = [:]
    var contains: [String] = []
    var step: ServerStep { .fastcgi(port: port, parameters: parameters, contains: contains) }
}

struct ExecDraft: Sendable {
    var command: [String] = []
    var environment: [String: String] = [:]
    var expect = Expectation()
    var step: ServerStep { .exec(command: command, environment: environment, expect: expect) }
}
