// SPDX-License-Identifier: Apache-2.0
import Base
import Transparency

extension FuzzTarget {
    static let logs: [FuzzTarget] = [
        FuzzTarget("signed-note", reading: { try SignedNote(reading: $0) }, writing: { $0.bytes }),
        FuzzTarget("checkpoint", reading: { try Checkpoint(reading: $0) }, writing: { $0.text }),
        FuzzTarget("note-key", reading: { try NoteKey(text($0)) }, writing: { Array($0.description.utf8) }),
        FuzzTarget("log-proof", reading: { try LogProof(reading: $0) }, writing: { $0.bytes }),
        FuzzTarget("log-entry", reading: { try RekorEntry(reading: $0) }, writing: { $0.body }),
        FuzzTarget(
            "bundle-log-entry", reading: { try BundleLogEntry(json: JSON.parse($0, limit: 1 << 20)) }, writing: { $0.json.canonicalBytes }),
        FuzzTarget("witness-request", reading: { try AddCheckpointRequest(reading: $0) }, writing: { $0.bytes }),
        FuzzTarget("witness-answer") { bytes in
            for status in [200, 409] {
                _ = try AddCheckpointResponse(status: status, mediaType: AddCheckpointResponse.sizeMediaType, body: bytes)
            }
        },
        FuzzTarget("tile-path") { bytes in
            guard let path = TilePath(text(bytes)) else { throw Refused() }
            guard "\(path)" == text(bytes) else { throw FuzzFailure(reason: "\(path) has two spellings") }
        },
        FuzzTarget("tile") { bytes in
            _ = try HashTile(reading: bytes, at: .hashes(level: 0, index: 0, width: max(1, min(256, bytes.count / 32))))
        },
        FuzzTarget("entry-bundle") { bytes in
            // The width stands in the path, which comes from outside as well: in the first byte here.
            let path = TilePath.entries(index: 0, width: max(1, Int(bytes.first ?? 1)))
            let entries = try EntryBundle.entries(Array(bytes.dropFirst()), at: path)
            guard try EntryBundle.bytes(entries) == Array(bytes.dropFirst()) else { throw FuzzFailure(reason: "other bytes are written") }
        },
    ]
}
