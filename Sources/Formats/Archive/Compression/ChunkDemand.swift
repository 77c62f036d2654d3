// SPDX-License-Identifier: Apache-2.0

/// The answer of who receives decoded chunks: go on, or stop without an error.
package enum ChunkDemand: Hashable, Sendable {
    case more, stop
}

/// Chunks that streaming decoders hand out are at most this many bytes.
package let decodedChunkBytes = 1 << 20
