// SPDX-License-Identifier: Apache-2.0
// https://c2sp.org/tlog-witness#add-checkpoint
package import Base

/// The body of `POST <prefix>/add-checkpoint`: the size the witness saw last, the proof from there, the signed checkpoint.
package struct AddCheckpointRequest: Hashable, Sendable {
    package var oldSize: Int
    package var proof: [Digest]
    package var checkpoint: [UInt8]

    package static let path = "add-checkpoint"
    package static let limit = SignedNote.limit + 8192
    package static let proofLimit = 63
    private static let kind = "request to a witness"

    package init(oldSize: Int, proof: [Digest], checkpoint: [UInt8]) {
        self.oldSize = oldSize
        self.proof = proof
        self.checkpoint = checkpoint
    }

    package init(reading bytes: [UInt8]) throws(TransparencyError) {
        func malformed(_ reason: String) -> TransparencyError { .malformed(kind: Self.kind, reason: reason) }
        guard bytes.count <= Self.limit else { throw .tooLarge(kind: Self.kind, limit: Self.limit, found: bytes.count) }
        var lines = LineReader(bytes)
        guard let first = lines.next(), first.hasPrefix("old "), let size = Decimal.read(first.dropFirst(4)) else {
            throw malformed("the first line is not 'old SIZE'")
        }
        let proof = try lines.hashes(limit: Self.proofLimit, kind: Self.kind)
        guard size > 0 || proof.isEmpty else { throw malformed("there is a proof from an empty log") }
        self.init(oldSize: size, proof: proof, checkpoint: lines.rest)
    }

    package var bytes: [UInt8] {
        Array("old \(oldSize)\n".utf8) + Array(proof.map { Base64.encode($0.bytes) + "\n" }.joined().utf8) + [0x0A] + checkpoint
    }
}

/// What a witness answers.
package enum AddCheckpointResponse: Hashable, Sendable {
    /// Signature lines; not checked yet.
    case signed([NoteSignature])
    /// The witness saw this size last.
    case otherSize(Int)
    /// It refuses, with the status of its answer.
    case refused(status: Int)

    package static let sizeMediaType = "text/x.tlog.size"

    package init(status: Int, mediaType: String?, body: [UInt8]) throws(TransparencyError) {
        switch status {
        case 200:
            let signatures = try SignedNote.signatures(body)
            guard !signatures.isEmpty else { throw .malformed(kind: "witness's answer", reason: "it has no signature") }
            self = .signed(signatures)
        case 409:
            guard mediaType?.prefix(while: { $0 != ";" }) == Self.sizeMediaType[...], body.count <= 32, body.last == 0x0A,
                let size = Decimal.read(String(decoding: body.dropLast(), as: UTF8.self))
            else {
                // The same size with another root is a conflict without a size.
                self = .refused(status: status)
                return
            }
            self = .otherSize(size)
        default: self = .refused(status: status)
        }
    }
}
