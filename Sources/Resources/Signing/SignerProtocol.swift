// SPDX-License-Identifier: Apache-2.0
package import Base

/// The words that a builder and its signer exchange, version 1.
///
/// Every message is frames: four bytes, the length, big-endian; then as many bytes. A request is a frame of canonical JSON,
/// `{"ask":"sign","messages":[{"kind":"statement"},…],"version":1}`, and after it one frame for each message with the bytes to
/// sign. An answer is one frame of canonical JSON: what was asked for, or `{"refusal":{"code":…,"reason":…},"version":1}`.
/// Requests follow one another on a connection; each is answered before the next is read.
package enum SignerProtocol {
    package static let version = 1
    /// Bytes of the JSON of a request or an answer.
    static let headerLimit = 256 << 10
    /// Messages of one request.
    package static let batchLimit = 512
    /// Bytes of one message, and of all of one request.
    package static let messageLimit = 64 << 20
    static let requestLimit = 128 << 20
    /// A path through a tree of 2^62 leaves.
    static let proofLimit = 64
}

/// What a builder asks.
package enum SignerRequest: Hashable, Sendable {
    case hello
    case lastCheckpoint
    /// The kinds of the messages whose bytes follow.
    case sign([MessageKind])

    package enum MessageKind: Hashable, Sendable {
        case statement, simpleSigning, notation
        case checkpoint(consistency: [Digest])

        init(of message: SignableMessage) {
            self =
                switch message {
                case .statement: .statement
                case .simpleSigning: .simpleSigning
                case .notation: .notation
                case .checkpoint(_, let consistency): .checkpoint(consistency: consistency)
                }
        }

        func message(_ bytes: [UInt8]) -> SignableMessage {
            switch self {
            case .statement: .statement(bytes)
            case .simpleSigning: .simpleSigning(bytes)
            case .notation: .notation(bytes)
            case .checkpoint(let consistency): .checkpoint(bytes, consistency: consistency)
            }
        }
    }

    package var bytes: [UInt8] {
        var members: [String: JSON] = ["version": JSON(SignerProtocol.version)]
        switch self {
        case .hello: members["ask"] = "hello"
        case .lastCheckpoint: members["ask"] = "last-checkpoint"
        case .sign(let kinds):
            members["ask"] = "sign"
            members["messages"] = .array(kinds.map(\.json))
        }
        return JSON.object(members).canonicalBytes
    }

    package init(reading bytes: [UInt8]) throws(SigningError) {
        let members = try Wire.members(of: bytes)
        switch members["ask"]?.string {
        case "hello" where members.count == 2: self = .hello
        case "last-checkpoint" where members.count == 2: self = .lastCheckpoint
        case "sign" where members.count == 3:
            guard let messages = members["messages"]?.array, (1...SignerProtocol.batchLimit).contains(messages.count) else {
                throw .brokenProtocol(reason: "a request signs 1 to \(SignerProtocol.batchLimit) messages")
            }
            var kinds: [MessageKind] = []
            for message in messages { kinds.append(try MessageKind(json: message)) }
            self = .sign(kinds)
        default: throw .brokenProtocol(reason: "it asks for something else than hello, last-checkpoint or sign, or asks for more")
        }
    }
    init(_ kinds: [MessageKind]) { self = .sign(kinds) }
}

extension SignerRequest.MessageKind {
    fileprivate var json: JSON {
        switch self {
        case .statement: ["kind": "statement"]
        case .simpleSigning: ["kind": "simple-signing"]
        case .notation: ["kind": "notation"]
        case .checkpoint(let proof): ["kind": "checkpoint", "consistency": .array(proof.map { .string($0.description) })]
        }
    }

    fileprivate init(json: JSON) throws(SigningError) {
        let members = json.object ?? [:]
        switch members["kind"]?.string {
        case "statement" where members.count == 1: self = .statement
        case "simple-signing" where members.count == 1: self = .simpleSigning
        case "notation" where members.count == 1: self = .notation
        case "checkpoint" where members.count == 2:
            guard let listed = members["consistency"]?.array, listed.count <= SignerProtocol.proofLimit else {
                throw .brokenProtocol(reason: "a checkpoint comes with a proof of at most \(SignerProtocol.proofLimit) hashes")
            }
            let proof = listed.compactMap { $0.string.flatMap { Digest($0) } }
            guard proof.count == listed.count else { throw .brokenProtocol(reason: "a hash of a proof is not sha256:…") }
            self = .checkpoint(consistency: proof)
        default:
            throw .brokenProtocol(reason: "a message is of the kind statement, simple-signing, checkpoint or notation")
        }
    }
}

/// What a signer answers.
package enum SignerAnswer: Hashable, Sendable {
    /// Who it is.
    case identity(publicKeyDER: [UInt8], logPublicKey: [UInt8]?)
    case lastCheckpoint(size: Int, root: Digest)
    /// It signed no checkpoint yet.
    case noCheckpoint
    case signatures([[UInt8]])
    case refusal(code: String, reason: String)

    package var bytes: [UInt8] {
        var members: [String: JSON] = ["version": JSON(SignerProtocol.version)]
        switch self {
        case .identity(let key, let logKey):
            members["publicKey"] = .string(Base64.encode(key))
            members["logKey"] = logKey.map { .string(Base64.encode($0)) } ?? .null
        case .lastCheckpoint(let size, let root): members["checkpoint"] = ["root": .string(root.description), "size": JSON(size)]
        case .noCheckpoint: members["checkpoint"] = .null
        case .signatures(let signatures): members["signatures"] = .array(signatures.map { .string(Base64.encode($0)) })
        case .refusal(let code, let reason): members["refusal"] = ["code": .string(code), "reason": .string(reason)]
        }
        return JSON.object(members).canonicalBytes
    }

    package init(reading bytes: [UInt8]) throws(SigningError) {
        let members = try Wire.members(of: bytes)
        if let refusal = members["refusal"], let code = refusal["code"]?.string, let reason = refusal["reason"]?.string {
            self = .refusal(code: code, reason: reason)
        } else if let key = members["publicKey"]?.string.flatMap({ Base64.decode($0) }) {
            self = .identity(publicKeyDER: key, logPublicKey: members["logKey"]?.string.flatMap { Base64.decode($0) })
        } else if let checkpoint = members["checkpoint"] {
            if checkpoint.isNull {
                self = .noCheckpoint
            } else if let size = checkpoint["size"]?.int, let root = checkpoint["root"]?.string.flatMap({ Digest($0) }) {
                self = .lastCheckpoint(size: size, root: root)
            } else {
                throw .brokenProtocol(reason: "a checkpoint has no size or no root")
            }
        } else if let listed = members["signatures"]?.array {
            let signatures = listed.compactMap { $0.string.flatMap { Base64.decode($0) } }
            guard signatures.count == listed.count else { throw .brokenProtocol(reason: "a signature is not base64") }
            self = .signatures(signatures)
        } else {
            throw .brokenProtocol(reason: "the answer is none that this version knows")
        }
    }
}

private enum Wire {
    static func members(of bytes: [UInt8]) throws(SigningError) -> [String: JSON] {
        let json: JSON
        do throws(JSONError) { json = try JSON.parse(bytes, limit: SignerProtocol.headerLimit) } catch {
            throw .brokenProtocol(reason: error.diagnosis.summary)
        }
        guard let members = json.object, json.canonicalBytes == bytes else {
            throw .brokenProtocol(reason: "the frame is not an object in canonical JSON")
        }
        guard let version = members["version"]?.int, version == SignerProtocol.version else {
            throw .brokenProtocol(reason: "expected version \(SignerProtocol.version)")
        }
        return members
    }
}
