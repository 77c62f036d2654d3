// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Publish
import Testing

@Suite struct ImageContentTests {
    private func content(_ release: SyntheticRelease) throws -> ImageContent {
        try ImageContent(of: release.image.index.digest, from: release.blobs)
    }

    @Test func `another compressor gives another image of the same content`() throws {
        let one = try SyntheticRelease()
        let other = try SyntheticRelease(compressor: "2.0")
        #expect(one.image.index.digest != other.image.index.digest)
        #expect(one.image.platforms[0].layers[0].descriptor != other.image.platforms[0].layers[0].descriptor)
        #expect(try content(one) == content(other))
    }

    @Test func `another file, another compression or another platform is other content`() throws {
        let one = try SyntheticRelease()
        #expect(try content(one) != content(try SyntheticRelease(marker: "changed")))
        #expect(try content(one) != content(try SyntheticRelease(layerType: MediaType.layerZstd)))
        let index = try ImageIndex(manifests: [one.image.platforms[0].manifest]).content()
        _ = try one.blobs.write(index.bytes)
        #expect(try content(one) != ImageContent(of: index.digest, from: one.blobs))
    }
}
