// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md, manifest.md, image-index.md, annotations.md
package import Artifacts
import Base
package import OCI

/// Puts the layers of an application on another base: new documents around the same blobs. Pure; nothing is run or unpacked.
///
/// The application's layers stay byte for byte. Equal images on equal bases give equal bytes: times come from the images.
package struct Rebaser: Sendable {
    package init() {}

    /// - Parameter old: The base beneath the image now, for each platform.
    package func rebase(
        _ application: ApplicationImage, from old: [Platform: PlatformDocuments], onto new: BaseImage, of release: BaseNames
    ) throws -> RebasedImage {
        var platforms: [RebasedPlatform] = []
        for documents in application.platforms {
            guard let beneath = old[documents.platform] else {
                throw RebaseError.notBeneath(base: release.old, platform: documents.platform)
            }
            guard let base = new[documents.platform] else {
                throw RebaseError.platformMissing(base: new.name, platform: documents.platform)
            }
            platforms.append(try rebase(documents, from: beneath, onto: base, release))
        }
        let created = platforms.compactMap(\.documents.created).max() ?? new.release.created
        return RebasedImage(
            index: try application.index.map { try index($0, platforms, onto: new, release) }, platforms: platforms, created: created)
    }

    /// What the bases are called in documents.
    package struct BaseNames: Sendable {
        /// `python:3.13.5-r2`.
        package var old: String
        /// `registry.example/python:3.13`: for `org.opencontainers.image.base.name`.
        package var new: String
        /// Annotations of the index of both.
        package var oldAnnotations: [String: String]
        package var newAnnotations: [String: String]
        package init(old: String, new: String, oldAnnotations: [String: String] = [:], newAnnotations: [String: String] = [:]) {
            self.old = old
            self.new = new
            self.oldAnnotations = oldAnnotations
            self.newAnnotations = newAnnotations
        }
    }

    private func rebase(
        _ application: PlatformDocuments, from old: PlatformDocuments, onto new: PlatformDocuments, _ names: BaseNames
    ) throws -> RebasedPlatform {
        let count = old.diffIDs.count
        guard application.diffIDs.count >= count, Array(application.diffIDs.prefix(count)) == old.diffIDs else {
            throw RebaseError.notBeneath(base: names.old, platform: application.platform)
        }
        var merge = SettingsMerge()
        var config = application.settings.object ?? [:]
        config["config"] = merge.merge(application.settings["config"], from: old.settings["config"], onto: new.settings["config"])
        config["rootfs"] = [
            "type": "layers", "diff_ids": JSON((new.diffIDs + application.diffIDs.dropFirst(count)).map(\.description)),
        ]
        config["history"] = try history(application, over: count, new)
        config["created"] = created(application, new)
        let bytes = JSON.object(config).canonicalBytes
        guard bytes.count <= ImageConfig.limit else {
            throw RebaseError.malformed(what: "a configuration of at most \(ImageConfig.limit) bytes", reason: "\(bytes.count)")
        }
        let content = Content(bytes, mediaType: MediaType.config)
        let layers = new.document.layers + (try application.document.layers.dropFirst(count).map(Self.layer))
        var annotations = SettingsMerge.inherited(
            application.document.annotations ?? [:], from: old.document.annotations ?? [:], onto: new.document.annotations ?? [:])
        mark(&annotations, base: new.manifest.digest, names)
        let manifest = try ImageManifest(config: content.descriptor, layers: layers, annotations: annotations).content()
        return RebasedPlatform(
            documents: try PlatformDocuments(manifest: manifest, config: bytes), baseLayers: new.diffIDs.count,
            application: application.manifest.digest, oldBase: old.manifest.digest, newBase: new.manifest.digest, kept: merge.kept)
    }

    // The index is changed where it must be, so that members we do not know stay.
    private func index(_ content: Content, _ platforms: [RebasedPlatform], onto new: BaseImage, _ names: BaseNames) throws -> Content {
        guard var members = try JSON.parse(content.bytes, limit: ImageIndex.limit).object, let listed = members["manifests"]?.array else {
            throw RebaseError.malformed(what: "an image index", reason: "it lists no manifests")
        }
        let replacements = Dictionary(platforms.map { ($0.application.description, $0.documents.manifest.descriptor) }) { first, _ in first
        }
        members["manifests"] = .array(
            listed.compactMap { entry in
                guard var entry = entry.object, let digest = entry["digest"]?.string, let other = replacements[digest] else { return nil }
                entry["digest"] = JSON(other.digest.description)
                entry["size"] = JSON(other.size)
                entry["mediaType"] = JSON(other.mediaType)
                // Bytes that were put into the list are those of the other manifest.
                entry["data"] = nil
                return .object(entry)
            })
        members["mediaType"] = JSON(MediaType.index)
        members["subject"] = nil
        let own = (members["annotations"]?.object ?? [:]).compactMapValues(\.string)
        var annotations = SettingsMerge.inherited(own, from: names.oldAnnotations, onto: names.newAnnotations)
        mark(&annotations, base: new.release.index, names)
        members["annotations"] = JSON(annotations)
        let bytes = JSON.object(members).canonicalBytes
        guard bytes.count <= ImageIndex.limit else {
            throw RebaseError.malformed(what: "an index of at most \(ImageIndex.limit) bytes", reason: "\(bytes.count)")
        }
        return Content(bytes, mediaType: MediaType.index)
    }

    private func mark(_ annotations: inout [String: String], base: Digest, _ names: BaseNames) {
        annotations[Annotation.baseDigest] = base.description
        annotations[Annotation.baseName] = names.new
    }

    // The later of the two, as it is written there.
    private func created(_ application: PlatformDocuments, _ new: PlatformDocuments) -> JSON? {
        guard let own = application.created else { return new.settings["created"] }
        guard let base = new.created, base > own else { return application.settings["created"] }
        return new.settings["created"]
    }

    // What is said of the base's layers is replaced; an image that says nothing of its layers goes on saying nothing.
    private func history(_ application: PlatformDocuments, over count: Int, _ new: PlatformDocuments) throws -> JSON? {
        guard let own = application.settings["history"]?.array, !own.isEmpty else { return application.settings["history"] }
        var filled = 0
        let rest = own.drop { entry in
            guard filled < count else { return false }
            if entry["empty_layer"]?.bool != true { filled += 1 }
            return true
        }
        let below = new.settings["history"]?.array ?? new.diffIDs.map { _ in ["comment": JSON("layer of the base")] }
        return .array(below + rest)
    }

    /// Docker's names of the same bytes become the specification's.
    static func layer(_ layer: Descriptor) throws(RebaseError) -> Descriptor {
        var layer = layer
        layer.mediaType =
            switch layer.mediaType {
            case "application/vnd.docker.image.rootfs.diff.tar.gzip": MediaType.layerGzip
            case "application/vnd.docker.image.rootfs.diff.tar": MediaType.layerTar
            case "application/vnd.docker.image.rootfs.diff.tar.zstd": MediaType.layerZstd
            case MediaType.layerGzip, MediaType.layerTar, MediaType.layerZstd: layer.mediaType
            default: throw .unusableLayer(digest: layer.digest, mediaType: layer.mediaType)
            }
        return layer
    }
}
