// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Ecosystems
import OCI
import SBOM

/// The bill of materials of an image that got another base: what was found in its layers, and whose layer each thing is in.
///
/// The base's own bill, signed with its release, says more of its packages; its digest stands here.
struct RebaseBill {
    let platform: RebasedPlatform
    let inventory: ForeignInventory
    let base: Release
    let repository: RepositoryName
    let version: String
    let producer: String?

    /// Files of the application that are listed one by one; more are counted.
    private static let fileLimit = 2000

    var document: BillOfMaterials {
        bill(about: platform.documents.manifest.digest, root, named: "\(repository) \(platform.documents.platform)", created)
    }

    private var created: Timestamp { platform.documents.created ?? base.created }

    /// One document over all platforms.
    static func index(_ bills: [RebaseBill], digest: Digest, created: Timestamp) -> BillOfMaterials {
        let (base, repository) = (bills.first?.base, bills.first?.repository.description ?? "image")
        var root = Component(.container, identifier: "\(repository)-index", name: repository)
        root.purl = .oci(repository, digest: digest.description)
        root.sha256 = digest.hex
        root.supplier = bills.first?.producer
        if let base { root.properties.append(.init("ashlar:base", "\(base.buildName) \(base.index)")) }
        root.contents =
            (bills.first.map { $0.systems } ?? [])
            + bills.map { bill in
                var image = bill.container
                image.identifier = bill.platform.documents.platform.description.replacing("/", with: "-")
                image.name = "\(repository) \(bill.platform.documents.platform)"
                image.contents = bill.contents.map { content in
                    var content = content
                    content.identifier = "\(image.identifier)-\(content.identifier)"
                    return content
                }
                return image
            }
        return BillOfMaterials(
            name: "\(repository) index", subject: digest, created: created, toolName: "ashlar", toolVersion: bills.first?.version ?? "",
            producer: bills.first?.producer, root: root, licenses: [], limits: Array(Set(bills.flatMap(\.limits))).sorted(),
            hasAllDependencies: false)
    }

    private func bill(about digest: Digest, _ root: Component, named name: String, _ created: Timestamp) -> BillOfMaterials {
        BillOfMaterials(
            name: name, subject: digest, created: created, toolName: "ashlar", toolVersion: version, producer: producer, root: root,
            licenses: [], limits: limits, hasAllDependencies: false)
    }

    private var root: Component {
        var root = container
        root.contents = systems + contents
        return root
    }

    private var container: Component {
        let name = repository.description
        var image = Component(.container, identifier: name, name: name)
        image.purl = .oci(name, digest: platform.documents.manifest.digest.description)
        image.sha256 = platform.documents.manifest.digest.hex
        image.supplier = producer
        image.properties = [
            .init("ashlar:platform", platform.documents.platform.description),
            .init("ashlar:base", "\(base.buildName) \(platform.newBase)"), .init("ashlar:application", platform.application.description),
        ]
        return image
    }

    // Scanners look for it to know whose advisories apply.
    private var systems: [Component] {
        guard let distribution = inventory.distribution, let release = distribution.version else { return [] }
        var system = Component(.operatingSystem, identifier: distribution.identifier, name: distribution.identifier, version: release)
        system.summary = "The distribution that the packages come from"
        return [system]
    }

    private func origin(_ layer: Int) -> String {
        layer < platform.baseLayers ? "base \(base.buildName)" : "application"
    }

    private var contents: [Component] {
        let system = Set(inventory.installed.filter(\.ecosystem.isSystem).map(\.name))
        let packages = inventory.installed.filter { $0.ecosystem.isSystem || !($0.owner.map(system.contains) ?? false) }.map { package in
            var component = Component(.package, identifier: package.name, name: package.name, version: package.version)
            component.purl = package.purl
            component.properties = [
                .init("ashlar:layer", origin(package.layer)), .init("ashlar:foundIn", "/" + package.path),
            ]
            if let source = package.source, package.ecosystem == .deb {
                let version = package.sourceVersion ?? package.version
                component.source = Component.SourcePackage(
                    name: source, version: version,
                    purl: .debian(source, version: version, architecture: "source", release: inventory.distribution?.version))
            }
            return component
        }
        return packages
            + applicationFiles.prefix(Self.fileLimit).map { file in
                var component = Component(.file, identifier: file.path, name: "/" + file.path)
                component.sha256 = file.digest?.hex
                component.properties = [.init("ashlar:layer", "application"), .init("ashlar:size", "\(file.size)")]
                return component
            }
    }

    private var applicationFiles: [ForeignFile] {
        inventory.files.filter { $0.layer >= platform.baseLayers && $0.kind == .file && $0.digest != nil }
    }

    private var limits: [String] {
        var limits = [
            "Read from the layers: packages that leave no record in the image are not listed as such. What each depends on was not examined.",
            "The packages of the base are described in full by the signed bill of \(base.buildName), \(platform.newBase).",
            "The application's layers were built by somebody else, and taken as they are.",
        ]
        let files = applicationFiles.count
        if files > Self.fileLimit { limits.append("\(files - Self.fileLimit) more files of the application are not listed one by one.") }
        if !inventory.unread.isEmpty { limits.append("\(inventory.unread.count) things in the layers could not be read.") }
        return limits
    }
}
