// SPDX-License-Identifier: Apache-2.0
import OCI

/// One YAML file of recipe keys (or one variant's part of it) before it is laid over its profiles: every key may be absent.
struct RecipeDraft: Sendable {
    var place = Place(file: "")
    var stream: Located<String>?
    var title: String?
    var summary: String?
    /// That of `image.yaml`, filled in by the loader.
    var licence: String?
    var extends: Located<String>?
    var suite: Located<String>?
    var platforms: [Platform]?
    var version: Located<VersionSource>?
    var tags: [String]?
    var contents = ContentsDraft()
    var steps: [Step] = []
    var accounts = AccountsDraft()
    var files: [Located<FileDraft>] = []
    var directories: [RecipeDirectory] = []
    var links: [String: String] = [:]
    var helpers: [String] = []
    var start: [String]?
    var environment: [String: String] = [:]
    var ports: [String] = []
    var volumes: [String] = []
    var writable: [String] = []
    var entrypoint: [String]?
    var command: [String]?
    var workingDirectory: String?
    var stopSignal: String?
    var annotations: [String: String] = [:]
    var dates = Dates()
    var libraryDirectories: [String] = []
    var exceptions: [RuleException] = []
    var compression: Compression?
    var contract: [Located<ContractDraft>] = []
    var updates = UpdatesDraft()
    var variants: [Entry<RecipeDraft>] = []
    /// The files with their contents, filled in by the loader.
    var resolvedFiles: [RecipeFile] = []
}

struct ContentsDraft: Sendable {
    var packages: [Located<PackageRequest>] = []
    var exclude: [Located<Exclusion>] = []
    var drop: [DropRule] = []
}

struct AccountsDraft: Sendable {
    var users: [User] = []
    var groups: [Group] = []
    var runAs: Located<String>?
}

struct FileDraft: Sendable {
    var path = ""
    var content: String?
    var source: String?
    var mode = 0o644
    var owner = Owner()
}

struct DirectoryDraft: Sendable {
    var path = ""
    var mode = 0o755
    var owner = Owner()
}

struct Owner: Sendable {
    var uid = 0
    var gid = 0

    init() {}
    /// Reads `65532:0`, which the text rule has already checked.
    init(_ text: String) {
        let parts = text.split(separator: ":").compactMap { Int($0) }
        guard parts.count == 2 else { return }
        uid = parts[0]
        gid = parts[1]
    }
}
