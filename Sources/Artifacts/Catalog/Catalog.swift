// SPDX-License-Identifier: Apache-2.0

/// Everything a catalog folder says: images in order of their names, each with its streams and variants.
package struct Catalog: Hashable, Sendable, Codable {
    package var images: [CatalogImage]
    /// Sorted by name.
    package var suites: [Suite]
    package var scripts: ScriptTable

    package init(images: [CatalogImage], suites: [Suite], scripts: ScriptTable) {
        self.images = images
        self.suites = suites
        self.scripts = scripts
    }

    /// Every recipe, variants after the stream they belong to.
    package func recipes() -> [Recipe] { images.flatMap { $0.streams.flatMap(\.recipes) } }

    /// The recipe people call `python:3.13-dev`; `python` alone, or with `latest`, is the stream that latest names.
    package func recipe(_ reference: String) throws(ArtifactsError) -> Recipe {
        try Self.pick(reference, from: images)
    }

    package func image(_ name: String) throws(ArtifactsError) -> CatalogImage {
        guard let image = images.first(where: { $0.name == name }) else {
            throw .unknownImage(reference: name, known: images.map(\.name))
        }
        return image
    }

    package func suite(_ name: String) -> Suite? { suites.first { $0.name == name } }

    static func pick(_ reference: String, from images: [CatalogImage]) throws(ArtifactsError) -> Recipe {
        let parts = reference.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let recipes = images.flatMap { $0.streams.flatMap(\.recipes) }
        if let exact = recipes.first(where: { $0.reference == reference }) { return exact }
        if let image = images.first(where: { $0.name == parts[0] }), parts.count == 1 || parts[1] == "latest" {
            let main = image.streams.count == 1 ? image.streams.first?.name : image.latest
            if let recipe = image.streams.first(where: { $0.name == (image.latest ?? main) })?.recipes.first { return recipe }
        }
        let sameImage = recipes.filter { $0.name == parts[0] }
        throw .unknownImage(reference: reference, known: (sameImage.isEmpty ? recipes : sameImage).map(\.reference))
    }
}

/// One image of the catalog: `images/<name>/`.
package struct CatalogImage: Hashable, Sendable, Codable {
    package var name: String
    package var title: String
    package var summary: String
    /// An SPDX expression, as `image.yaml` says it.
    package var licence: String?
    /// The stream that the tag `latest` points to.
    package var latest: String?
    /// The text of `overview.md`; empty when there is none.
    package var overview: String
    /// In the order they are shown.
    package var streams: [CatalogStream]

    package init(
        name: String, title: String, summary: String, licence: String?, latest: String?, overview: String, streams: [CatalogStream]
    ) {
        self.name = name
        self.title = title
        self.summary = summary
        self.licence = licence
        self.latest = latest
        self.overview = overview
        self.streams = streams
    }
}

/// One stream: the runtime recipe first, then its variants in the order of the file.
package struct CatalogStream: Hashable, Sendable, Codable {
    package var name: String
    package var recipes: [Recipe]
    package init(name: String, recipes: [Recipe]) {
        self.name = name
        self.recipes = recipes
    }
}

extension Recipe {
    /// Where its lock lies in the catalog folder: `images/python/3.13-dev.lock.json`.
    package var lockPath: String { "images/\(name)/\(tagStem).lock.json" }
    /// Where it is written: `images/python/3.13.yaml`.
    package var sourcePath: String { "images/\(name)/\(stream).yaml" }
}
