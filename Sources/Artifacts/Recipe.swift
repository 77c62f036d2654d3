// SPDX-License-Identifier: Apache-2.0
package import OCI

/// What one image stream is to be, after its profiles and its variant were merged: the input of the whole flow.
///
/// Written as YAML in `catalog/images/<name>/<stream>.yaml`; `docs/recipe.md` describes every key.
package struct Recipe: Hashable, Sendable, Codable {
    /// The image's name in the registry: `python`.
    package var name: String
    /// The stream's name: `3.13`. With a variant it is the tag's stem: `3.13-dev`.
    package var stream: String
    package var variant: String?
    package var title: String
    package var summary: String
    /// Of the main program, as an SPDX expression: what `image.yaml` says.
    package var licence: String?
    /// The suite in `catalog/suites/` whose archives are used: `trixie`.
    package var suite: String
    package var platforms: [Platform]
    package var version: VersionSource
    /// Tag patterns over `{version}`, `{major}`, `{minor}`, `{patch}`, `{stream}`; a variant's name is appended.
    package var tags: [String]
    /// The chain of profiles, lowest first; the last is the image itself. One shared layer each.
    package var layers: [LayerContents]
    package var exclusions: [Exclusion]
    package var drops: [DropRule]
    package var steps: [Step]
    package var users: [User]
    package var groups: [Group]
    /// Numeric `uid:gid` the image runs as.
    package var runAs: String
    package var files: [RecipeFile]
    package var directories: [RecipeDirectory]
    /// Symbolic links: path without leading slash -> target.
    package var links: [String: String]
    package var helpers: [String]
    package var start: [String]
    package var environment: [String: String]
    package var ports: [String]
    package var volumes: [String]
    /// Paths the program writes to; tmpfs in the sandbox.
    package var writable: [String]
    package var entrypoint: [String]
    package var command: [String]
    package var workingDirectory: String
    package var stopSignal: String
    package var annotations: [String: String]
    package var dates: Dates
    /// Directories besides the built-in ones in which libraries are found: `usr/lib/jvm/…/lib/server`.
    package var libraryDirectories: [String]
    package var exceptions: [RuleException]
    package var compression: Compression
    package var contract: [ContractTest]
    /// What may flow in by itself, and when.
    package var updates = ChangePolicy.standard
    package var places = RecipePlaces()

    /// `python:3.13` or `python:3.13-dev`: how people name it.
    package var reference: String { "\(name):\(tagStem)" }
    package var tagStem: String { variant.map { "\(stream)-\($0)" } ?? stream }

    package init(name: String, stream: String, suite: String = "trixie", platforms: [Platform] = [.amd64, .arm64]) {
        self.name = name
        self.stream = stream
        title = name
        summary = ""
        licence = nil
        self.suite = suite
        self.platforms = platforms
        version = .literal(stream)
        tags = ["{stream}"]
        layers = []
        exclusions = []
        drops = []
        steps = []
        users = []
        groups = []
        runAs = "65532:65532"
        files = []
        directories = []
        links = [:]
        helpers = []
        start = []
        environment = [:]
        ports = []
        volumes = []
        writable = []
        entrypoint = []
        command = []
        workingDirectory = "/"
        stopSignal = "SIGTERM"
        annotations = [:]
        dates = Dates()
        libraryDirectories = []
        exceptions = []
        compression = .gzip
        contract = []
    }
}

/// Where the version that users see comes from.
package enum VersionSource: Hashable, Sendable, Codable {
    /// The upstream version of this package.
    case package(String)
    case literal(String)
}

/// The packages one profile, or the image itself, asks for.
package struct LayerContents: Hashable, Sendable, Codable {
    /// `profile:tls` or `image`.
    package var origin: String
    package var packages: [PackageRequest]
    /// Packages among them that a layer below leaves out: they are no part of any layer below this one.
    package var lifts: [String]
    package init(origin: String, packages: [PackageRequest], lifts: [String] = []) {
        self.origin = origin
        self.packages = packages
        self.lifts = lifts
    }
}

/// A package that is asked for, whole or in part.
package struct PackageRequest: Hashable, Sendable, Codable {
    package var package: String
    /// Paths taken from the package (`PathPattern`); nil takes the whole package.
    package var only: [String]?
    package var reason: String?
    package init(package: String, only: [String]? = nil, reason: String? = nil) {
        self.package = package
        self.only = only
        self.reason = reason
    }
}

/// A dependency that is deliberately left out.
package struct Exclusion: Hashable, Sendable, Codable {
    package var package: String
    package var reason: String
    /// Who says so: `image`, or `profile:static`. A profile leaves out what any of its images might need; an image must mean it.
    package var origin: String
    package init(package: String, reason: String, origin: String = "image") {
        self.package = package
        self.reason = reason
        self.origin = origin
    }
}

/// Paths that are not taken into the image and recorded as dropped.
package struct DropRule: Hashable, Sendable, Codable {
    package var paths: [String]
    package var except: [String]
    package var reason: String
    package init(paths: [String], except: [String] = [], reason: String) {
        self.paths = paths
        self.except = except
        self.reason = reason
    }
}

/// What a maintainer script would have done, done by us. `catalog/scripts.yaml` refers to these names.
package enum Step: Hashable, Sendable, Codable {
    case usrMerge
    case accounts
    case nsswitch
    case osRelease
    case caBundle
    case timeZone
    case javaTruststore
    /// Enables the extensions of this PHP version for these server interfaces: `8.4`, `[cli, fpm]`.
    case phpModules(version: String, interfaces: [String])
    case busyboxLinks
    /// Records the packages in dpkg's own database too, so that apt and dpkg work on top of them.
    case dpkgDatabase
    /// Takes only the copyright file of a package that is otherwise excluded.
    case copyrightFrom(package: String)

    /// `ca-bundle`: the name in recipes and in the table of scripts.
    package var name: String {
        switch self {
        case .usrMerge: "usr-merge"
        case .accounts: "accounts"
        case .nsswitch: "nsswitch"
        case .osRelease: "os-release"
        case .caBundle: "ca-bundle"
        case .timeZone: "time-zone"
        case .javaTruststore: "java-truststore"
        case .phpModules: "php-modules"
        case .busyboxLinks: "busybox-links"
        case .dpkgDatabase: "dpkg-database"
        case .copyrightFrom: "copyright-from"
        }
    }
    package static let allNames = [
        "usr-merge", "accounts", "nsswitch", "os-release", "ca-bundle", "time-zone", "java-truststore", "php-modules",
        "busybox-links", "dpkg-database", "copyright-from",
    ]
}

package struct User: Hashable, Sendable, Codable {
    package var name: String
    package var uid: Int
    package var gid: Int
    package var home: String
    package init(name: String, uid: Int, gid: Int, home: String) {
        self.name = name
        self.uid = uid
        self.gid = gid
        self.home = home
    }
}

package struct Group: Hashable, Sendable, Codable {
    package var name: String
    package var gid: Int
    package init(name: String, gid: Int) {
        self.name = name
        self.gid = gid
    }
}

/// A file that a recipe line writes. Paths have no leading slash.
package struct RecipeFile: Hashable, Sendable, Codable {
    package var path: String
    package var content: String
    package var mode: Int
    package var uid: Int
    package var gid: Int
    package init(path: String, content: String, mode: Int = 0o644, uid: Int = 0, gid: Int = 0) {
        self.path = path
        self.content = content
        self.mode = mode
        self.uid = uid
        self.gid = gid
    }
}

package struct RecipeDirectory: Hashable, Sendable, Codable {
    package var path: String
    package var mode: Int
    package var uid: Int
    package var gid: Int
    package init(path: String, mode: Int = 0o755, uid: Int = 0, gid: Int = 0) {
        self.path = path
        self.mode = mode
        self.uid = uid
        self.gid = gid
    }
}

/// Days as `2024-10-07`.
package struct Dates: Hashable, Sendable, Codable {
    package var release: String?
    package var endOfLife: String?
    package init(release: String? = nil, endOfLife: String? = nil) {
        self.release = release
        self.endOfLife = endOfLife
    }
}

/// A hardening rule that this image may break, at these paths, for a stated reason.
package struct RuleException: Hashable, Sendable, Codable {
    package var rule: String
    /// `PathPattern`s; empty excepts the whole rule.
    package var paths: [String]
    package var reason: String
    package init(rule: String, paths: [String] = [], reason: String) {
        self.rule = rule
        self.paths = paths
        self.reason = reason
    }
}

package enum Compression: String, Hashable, Sendable, Codable, CaseIterable {
    case gzip, zstd
}
