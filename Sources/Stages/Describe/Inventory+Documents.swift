// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
package import OCI
package import SBOM

extension Inventory {
    /// SPDX 2.3 of one platform's image, or of the index over all of them.
    package func spdx(for platform: Platform? = nil) -> SPDXDocument? { bill(for: platform).map { SPDXDocument($0) } }

    /// CycloneDX 1.6 of one platform's image, or of the index over all of them.
    package func cyclonedx(for platform: Platform? = nil) -> CycloneDXDocument? { bill(for: platform).map { CycloneDXDocument($0) } }

    /// The bill of materials about a platform's manifest; about the index when none is named. Nil for a platform the image has not.
    package func bill(for platform: Platform? = nil) -> BillOfMaterials? {
        guard let platform else { return indexBill }
        guard let part = self[platform] else { return nil }
        var root = container(part)
        root.contents = systems + root.contents
        return bill(about: part.manifest, root, named: "\(title) \(platform)", packages: part.packages)
    }

    private var title: String { "\(subject.name) \(subject.version)" }

    private var indexBill: BillOfMaterials {
        var root = container(named: "\(subject.name)-index", digest: subject.index)
        root.contents =
            systems
            + platforms.map { part in
                var image = container(part)
                image.identifier = Self.spelled(part.platform)
                image.name = "\(subject.name) \(part.platform)"
                image.contents = image.contents.map { content in
                    // The same package may be on every platform; a name must be one thing in a document.
                    var content = content
                    content.identifier = "\(image.identifier)-\(content.identifier)"
                    content.dependsOn = content.dependsOn.map { "\(image.identifier)-\($0)" }
                    return content
                }
                return image
            }
        return bill(about: subject.index, root, named: "\(title) index", packages: platforms.flatMap(\.packages))
    }

    private func bill(about digest: Digest, _ root: Component, named name: String, packages: [InventoryPackage]) -> BillOfMaterials {
        let named = Set(packages.flatMap { $0.license?.identifiers ?? [] })
        return BillOfMaterials(
            name: name, subject: digest, created: created, toolName: tool.name, toolVersion: tool.version, producer: subject.producer,
            root: root, licenses: licenseTexts.filter { named.contains($0.identifier) }, limits: limits(packages),
            hasAllDependencies: subject.exclusions.isEmpty)
    }

    private func limits(_ packages: [InventoryPackage]) -> [String] {
        var limits = [
            "Every package and every file outside packages is listed. Code that a package carries inside itself from elsewhere is not.",
            "Licences are declared by Debian for the whole source package; which of them reach the binary was not examined.",
        ]
        limits += subject.exclusions.map { "The dependency \($0.package) is left out on purpose: \($0.reason)" }
        let unlicensed = Set(packages.filter { $0.license == nil }.map(\.name)).sorted()
        if !unlicensed.isEmpty { limits.append("No copyright file was found for: \(unlicensed.joined(separator: ", ")).") }
        return limits
    }

    private static func spelled(_ platform: Platform) -> String { String(platform.description.map { $0 == "/" ? "-" : $0 }) }

    private func container(named identifier: String, digest: Digest) -> Component {
        var image = Component(.container, identifier: identifier, name: subject.name, version: subject.version)
        image.purl = .oci(subject.name, digest: digest.description)
        image.sha256 = digest.hex
        image.supplier = subject.producer
        image.summary = subject.summary.isEmpty ? subject.title : subject.summary
        image.properties = [Component.Property("ashlar:stream", subject.stream)]
        return image
    }

    private func container(_ part: PlatformInventory) -> Component {
        var image = container(named: subject.name, digest: part.manifest)
        image.properties.append(Component.Property("ashlar:platform", part.platform.description))
        image.properties.append(Component.Property("ashlar:index", subject.index.description))
        let counts = Dictionary(grouping: part.files, by: \.owner)
        image.contents = part.packages.map { component($0, files: counts[$0.name] ?? []) } + part.recipeFiles.map(component)
        return image
    }

    // Scanners look for it to know whose advisories apply. There is one in a document, even when there are two platforms: more than
    // one is refused by some.
    private var systems: [Component] {
        guard let release = subject.debianRelease else { return [] }
        var system = Component(.operatingSystem, identifier: "debian", name: "debian", version: release)
        system.supplier = "Debian"
        system.summary = "The distribution that the packages come from"
        return [system]
    }

    private func component(_ package: InventoryPackage, files: [InventoryFile]) -> Component {
        var component = Component(.package, identifier: package.name, name: package.name, version: package.version)
        component.purl = package.purl
        component.sha256 = package.sha256
        component.fileName = package.path.split(separator: "/").last.map(String.init)
        component.supplier = package.supplier
        component.maintainer = package.maintainer.isEmpty ? nil : package.maintainer
        component.homepage = package.homepage
        component.summary = package.summary.isEmpty ? nil : package.summary
        component.details = package.details
        component.license = package.license
        component.copyright = package.copyright
        component.isLibrary = package.section == "libs" || package.section?.hasSuffix("/libs") == true
        component.source = Component.SourcePackage(
            name: package.source, version: package.sourceVersion,
            purl: .debian(package.source, version: package.sourceVersion, architecture: "source", release: subject.debianRelease))
        component.dependsOn = package.dependsOn
        component.properties = properties(package, files: files)
        if package.isPartial {
            component.remarks.append(
                "Partial: only \(files.count) paths of this package are in the image, the rest is not. The hash is that of the whole .deb."
            )
        }
        return component
    }

    private func properties(_ package: InventoryPackage, files: [InventoryFile]) -> [Component.Property] {
        var properties = [Component.Property("ashlar:files", "\(files.count)")]
        if package.isRequested { properties.append(.init("ashlar:requested", "true")) }
        if !package.dropped.isEmpty { properties.append(.init("ashlar:droppedPaths", "\(package.dropped.count)")) }
        if package.isPartial {
            properties.append(.init("ashlar:partial", "true"))
            // What there is of it is a short list; what there is not is in the inventory.
            if files.count <= 64 { properties += files.map { .init("ashlar:path", "/" + $0.path) } }
        }
        if !package.commonLicenses.isEmpty {
            properties.append(.init("ashlar:commonLicenses", package.commonLicenses.joined(separator: " ")))
        }
        return properties
    }

    private func component(_ file: InventoryFile) -> Component {
        var component = Component(.file, identifier: file.path, name: "/" + file.path)
        component.sha256 = file.digest?.hex
        component.supplier = subject.producer
        component.properties = [
            Component.Property("ashlar:owner", file.owner), Component.Property("ashlar:size", "\(file.size)"),
        ]
        return component
    }
}
