// SPDX-License-Identifier: Apache-2.0
// https://docs.renovatebot.com/modules/datasource/custom/
import Artifacts
import Base

/// The builds of an image as a custom datasource of Renovate reads them, so that it bumps tags and digests.
struct ReleaseList {
    struct Item {
        var release: Release
        var published: Timestamp
        /// Whether it must or should not be used any more.
        var isDeprecated: Bool
    }
    /// Newest first.
    let items: [Item]
    let origin: String
    /// Where recipes are, with `{image}` and `{stream}`; nil when that is not said.
    let source: String?

    var json: JSON {
        let releases = items.map { item -> JSON in
            let release = item.release
            let page = "\(origin)\(Address.at("images", release.repository, release.stream).text)"
            var members: [String: JSON] = [
                "version": JSON(release.buildTag), "digest": JSON(release.index.description),
                "releaseTimestamp": JSON(item.published.description), "isDeprecated": .bool(item.isDeprecated),
                "changelogUrl": JSON(page + "/builds"),
            ]
            if let source {
                members["sourceUrl"] = JSON(
                    source.replacing("{image}", with: release.repository).replacing("{stream}", with: release.stream))
            }
            return .object(members)
        }
        var document: [String: JSON] = ["releases": .array(releases)]
        if let first = items.first {
            document["homepage"] = JSON("\(origin)\(Address.at("images", first.release.repository).text)")
            let tags = items.filter { $0.release.tags.contains("latest") }
            if let latest = tags.first { document["tags"] = ["latest": JSON(latest.release.buildTag)] }
        }
        return .object(document)
    }
}
