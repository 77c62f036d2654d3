// SPDX-License-Identifier: Apache-2.0
package import Base
import OCI

/// One platform of a release, as what other images may stand on.
package struct LayerBase: Hashable, Sendable {
    package var repository: String
    package var buildTag: String
    package var platform: String
    package var manifest: Digest
    package var layers: Int
    /// What its complete list of layers is known by: the chain of diff ids, that of the packed layers.
    package var chains: [Digest]

    package init(repository: String, buildTag: String, platform: String, manifest: Digest, layers: Int, chains: [Digest]) {
        self.repository = repository
        self.buildTag = buildTag
        self.platform = platform
        self.manifest = manifest
        self.layers = layers
        self.chains = chains
    }

    /// - Parameter documents: Manifest and configuration of the release for the platform.
    package init(_ release: Release, _ documents: PlatformDocuments) {
        self.init(
            repository: release.repository, buildTag: release.buildTag, platform: documents.platform.description,
            manifest: documents.manifest.digest, layers: documents.diffIDs.count,
            chains: [
                LayerChain.prefixes(of: documents.diffIDs).last, LayerChain.prefixes(of: documents.document.layers.map(\.digest)).last,
            ]
            .compactMap(\.self))
    }

    package init(_ release: Release, _ image: PlatformImage) {
        self.init(
            repository: release.repository, buildTag: release.buildTag, platform: image.platform.description,
            manifest: image.manifest.digest, layers: image.layers.count,
            chains: [
                LayerChain.prefixes(of: image.layers.map(\.diffID)).last,
                LayerChain.prefixes(of: image.layers.map(\.descriptor.digest)).last,
            ]
            .compactMap(\.self))
    }
}

/// Names lists of layers by one digest each (image-spec, config.md, "Layer ChainID"), so that a list is found by what it begins with.
package enum LayerChain {
    /// The chain of the first layer, of the first two, and so on.
    package static func prefixes(of layers: [Digest]) -> [Digest] {
        var chains: [Digest] = []
        for layer in layers {
            chains.append(chains.last.map { Digest.sha256(of: "\($0) \(layer)") } ?? layer)
        }
        return chains
    }
}
