// SPDX-License-Identifier: Apache-2.0
// https://c2sp.org/tlog-tiles
import HTTPTypes
import Hummingbird
import Ledger
import NIOCore
import Transparency

/// The transparency log below `/log/`: its checkpoint, and the tiles and entries that the checkpoint covers.
///
/// A name reaches the disk only as a `TilePath`, which has one spelling.
struct LogFiles: Sendable {
    let folder: LogFolder

    static let prefix = "/log/"

    /// The answer to a path that begins with the prefix; nil when there is nothing under it.
    func respond(to path: String) throws -> Response? {
        let name = path.dropFirst(Self.prefix.count)
        guard let note = try folder.read("checkpoint", limit: SignedNote.limit) else { return nil }
        if name == "checkpoint" { return answer(note, "text/plain; charset=utf-8", cache: "no-store") }
        guard let tile = TilePath(name), let checkpoint = try? Checkpoint(reading: SignedNote(reading: note).text),
            tile.isCovered(bySize: checkpoint.size), let bytes = try folder.read(tile.description, limit: EntryBundle.limit)
        else { return nil }
        // What a checkpoint covers is never written again, be it full or partial.
        return answer(bytes, "application/octet-stream", cache: Registry.forEver)
    }

    private func answer(_ bytes: [UInt8], _ type: String, cache: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: cache],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
