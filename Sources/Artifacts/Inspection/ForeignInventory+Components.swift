// SPDX-License-Identifier: Apache-2.0
import Base
import Ecosystems
import SBOM

extension ForeignInventory {
    /// The packages that are there as advisories ask for them, and what could not be read.
    ///
    /// A package of a language that a system package lists as its own is that package's: its fixes are backported, and the distribution's
    /// advisories are the ones that count. One package in several places is one component. An archive of Java that does not say of which
    /// group it is can be held against nothing, and was not read as far as advisories go.
    package var components: PlatformPackages {
        var found: [InstalledPackage: Set<String>] = [:]
        var unread = unread
        let system = Set(installed.filter(\.ecosystem.isSystem).map(\.name))
        for package in installed where package.ecosystem.isSystem || !(package.owner.map(system.contains) ?? false) {
            if package.ecosystem == .maven, package.purl?.namespace == nil {
                unread.append(Unread(path: package.path, layer: package.layer, reason: Self.withoutGroup))
                continue
            }
            let component = package.component(on: distribution)
            found[component, default: []].formUnion(package.ecosystem.isSystem ? [] : ["/" + package.path])
        }
        let components = found.map { component, places in
            var component = component
            component.locations = places.sorted()
            return component
        }
        return PlatformPackages(
            platform: subject.platform ?? "of no platform that is said", manifest: subject.manifest?.description,
            components: components.sorted {
                ($0.ecosystem.description, $0.name, $0.version, $0.architecture ?? "", $0.source.version)
                    < ($1.ecosystem.description, $1.name, $1.version, $1.architecture ?? "", $1.source.version)
            }, unread: unread.sorted { ($0.layer, $0.path, $0.reason) < ($1.layer, $1.path, $1.reason) })
    }

    private static let withoutGroup = "the archive does not say of which group it is, and advisories name groups"
}

extension ForeignPackage {
    fileprivate func component(on distribution: Distribution?) -> InstalledPackage {
        switch ecosystem {
        case .deb, .apk, .rpm:
            let ecosystem = Ecosystem(packagesOf: ecosystem, on: distribution)
            guard ecosystem.isDebian else {
                return InstalledPackage(
                    ecosystem: ecosystem, name: name, version: version, architecture: architecture,
                    source: source.map { SourceVersion(name: $0, version: sourceVersion ?? version) })
            }
            return InstalledPackage(
                debian: ecosystem.release, name: name, version: version, architecture: architecture,
                source: SourceVersion(name: source ?? name, version: sourceVersion ?? version), builtUsing: builtUsing)
        case .pypi: return InstalledPackage(ecosystem: Ecosystem("PyPI"), name: name, version: version)
        case .npm: return InstalledPackage(ecosystem: Ecosystem("npm"), name: name, version: version)
        case .golang: return InstalledPackage(ecosystem: Ecosystem("Go"), name: name, version: version)
        case .cargo: return InstalledPackage(ecosystem: Ecosystem("crates.io"), name: name, version: version)
        case .maven:
            // `org.apache.commons:commons-text`, as advisories write it.
            let full = purl?.namespace.map { "\($0):\(name)" } ?? name
            return InstalledPackage(ecosystem: Ecosystem("Maven"), name: full, version: version)
        }
    }
}

extension Ecosystem {
    /// Whose advisories packages of a system are in: those of the distribution that the image says it is, as OSV names it.
    fileprivate init(packagesOf type: PackageType, on distribution: Distribution?) {
        guard let distribution else {
            self.init(type == .deb ? "Debian" : type == .apk ? "Alpine" : "RPM")
            return
        }
        let names = [
            "debian": "Debian", "ubuntu": "Ubuntu", "alpine": "Alpine", "wolfi": "Wolfi", "chainguard": "Chainguard", "rhel": "Red Hat",
            "rocky": "Rocky Linux", "almalinux": "AlmaLinux", "opensuse-leap": "openSUSE", "sles": "SUSE",
        ]
        // One that says it is Debian and has packages of another kind is not believed; and none is called as the feed of a language.
        let isOdd = distribution.identifier == "debian" && type != .deb
        let name = isOdd ? "packages of \(type.rawValue)" : names[distribution.identifier] ?? "the distribution \(distribution.identifier)"
        let isDebian = name == "Debian"
        self.init(name, release: isDebian ? distribution.codename : distribution.version ?? distribution.codename)
    }
}
