// SPDX-License-Identifier: Apache-2.0
import OCI

/// Who stands behind the images of a catalog and where they say more: what annotations and SBOMs name.
///
/// Part of what an image is made of: another imprint gives other manifests over the same layers.
package struct Imprint: Hashable, Sendable, Codable {
    /// The organisation that builds the images and answers for them, as its users know it.
    package var producer: String?
    /// Addresses; `{image}` and `{stream}` stand for those of an image.
    package var source: String?
    package var url: String?
    package var documentation: String?

    package init(producer: String? = nil, source: String? = nil, url: String? = nil, documentation: String? = nil) {
        self.producer = producer
        self.source = source
        self.url = url
        self.documentation = documentation
    }

    /// The annotations of one image, without those that nothing is known of.
    package func annotations(of recipe: Recipe) -> [String: String] {
        let addresses = [(Annotation.source, source), (Annotation.url, url), (Annotation.documentation, documentation)]
        var all = Dictionary(
            addresses.compactMap { key, address in
                address.map { (key, $0.replacing("{image}", with: recipe.name).replacing("{stream}", with: recipe.stream)) }
            }
        ) { first, _ in first }
        if let producer { all[Annotation.vendor] = producer }
        return all
    }
}
