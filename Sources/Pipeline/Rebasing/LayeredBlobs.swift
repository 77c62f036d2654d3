// SPDX-License-Identifier: Apache-2.0
import Base
import Blobs

/// Several folders of blobs as one: the first that has a blob gives it. New ones go into the first.
struct LayeredBlobs: BlobStore {
    let stores: [FileBlobStore]

    private func holder(of digest: Digest) throws -> FileBlobStore? { try stores.first { try $0.contains(digest) } }
    private func place(of digest: Digest) throws -> FileBlobStore { try holder(of: digest) ?? stores[0] }

    func size(of digest: Digest) throws -> Int? { try holder(of: digest)?.size(of: digest) }
    func read(_ digest: Digest) throws -> [UInt8] { try place(of: digest).read(digest) }
    func verified(_ digest: Digest) throws -> [UInt8] { try place(of: digest).verified(digest) }
    @discardableResult func write(_ bytes: [UInt8]) throws -> Digest { try stores[0].write(bytes) }
    func adopt(file path: String, expecting digest: Digest) throws { try stores[0].adopt(file: path, expecting: digest) }
    func path(of digest: Digest) throws -> String { try place(of: digest).path(of: digest) }
}
