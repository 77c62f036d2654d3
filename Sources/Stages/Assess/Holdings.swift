// SPDX-License-Identifier: Apache-2.0
import Advisories
package import Artifacts
import Debian

/// Which images hold which source packages: answers in what images an advisory is, without assessing any again.
///
/// Images share versions, so an advisory is held against the versions that there are and not against the images.
package struct Holdings: Sendable {
    private struct Key: Hashable, Sendable {
        var ecosystem: Ecosystem
        var name: String
    }
    private var images: [String] = []
    // Version -> numbers of images, each once and in order.
    private var versions: [Key: [String: [Int32]]] = [:]

    package init() {}

    package var count: Int { images.count }

    /// Adds an image under a name that tells it apart: a digest.
    package mutating func add(_ image: String, _ components: [InstalledPackage]) {
        let number = Int32(images.count)
        images.append(image)
        for component in components {
            for source in [component.source] + component.builtUsing {
                let key = Key(ecosystem: component.ecosystem, name: source.name)
                if versions[key]?[source.version]?.last != number {
                    versions[key, default: [:]][source.version, default: []].append(number)
                }
            }
        }
    }

    /// The images that an advisory of Debian's tracker touches, in the order in which they were added.
    package func images(touchedBy advisory: String, in advisories: AdvisorySet) -> [String] {
        guard let tracker = advisories.tracker else { return [] }
        var isTouched = [Bool](repeating: false, count: images.count)
        for entry in tracker.entries(about: advisory) where entry.status != .undetermined {
            guard let held = versions[Key(ecosystem: .debian(entry.release), name: entry.source)] else { continue }
            let fixed = entry.fixed.flatMap { try? DebianVersion($0) }
            for (version, numbers) in held {
                // Nobody can tell whether what is no version is older.
                let isOlder = fixed.map { fix in (try? DebianVersion(version)).map { $0 < fix } ?? true } ?? true
                if isOlder { for number in numbers { isTouched[Int(number)] = true } }
            }
        }
        return isTouched.indices.filter { isTouched[$0] }.map { images[$0] }
    }

    /// The images that hold a package, in any version or in one.
    package func images(holding name: String, version: String? = nil, of ecosystem: Ecosystem) -> [String] {
        guard let held = versions[Key(ecosystem: ecosystem, name: name)] else { return [] }
        return Set(held.filter { version == nil || $0.key == version }.values.joined()).sorted().map { images[Int($0)] }
    }
}
