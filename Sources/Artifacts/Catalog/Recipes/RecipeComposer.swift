// SPDX-License-Identifier: Apache-2.0

/// Lays the files of a chain over one another, lowest first: lists grow, maps overlay, single values are replaced.
struct RecipeComposer {
    /// One file of a chain.
    struct Part: Sendable {
        /// `profile:tls`, `image` or `variant:dev`.
        let origin: String
        let draft: RecipeDraft
    }

    private(set) var recipe: Recipe
    private(set) var problems: [ArtifactsError] = []
    private var suite: Located<String>?
    private var runAs: Located<String>?

    /// The suite and where it was named.
    var namedSuite: Located<String>? { suite }

    init(image: String, stream: String, variant: String? = nil) {
        recipe = Recipe(name: image, stream: stream)
        recipe.variant = variant
    }

    mutating func add(_ part: Part) {
        let draft = part.draft
        replaceSingles(draft)
        addContents(part)
        addLayout(draft)
        addRuntime(draft)
    }

    /// What only the whole shows.
    mutating func finish(at place: Place) {
        if suite == nil { problems.append(.missingKey(place, key: "suite", within: "a recipe or a profile it extends")) }
        let mayBeRoot = recipe.exceptions.contains { $0.rule == RuleName.numericNonRootUser.rawValue }
        if let runAs, Owner(runAs.value).uid == 0, !mayBeRoot {
            problems.append(
                .contradiction(
                    runAs.place, expected: "run-as a user that is not root", found: YAMLNode.quoted(runAs.value),
                    fix: "write run-as: \"65532:65532\", or add an exception for the rule \(RuleName.numericNonRootUser.rawValue)"))
        }
        if !recipe.start.isEmpty, !recipe.helpers.contains("start") { recipe.helpers.append("start") }
        if recipe.start.isEmpty, !recipe.helpers.isEmpty {
            problems.append(
                .contradiction(
                    place, expected: "a start plan for the helpers \(recipe.helpers.joined(separator: ", "))", found: "no key start",
                    fix: "add start, or remove helpers"))
        }
    }

    private mutating func replaceSingles(_ draft: RecipeDraft) {
        if let title = draft.title { recipe.title = title }
        if let summary = draft.summary { recipe.summary = summary }
        if let licence = draft.licence { recipe.licence = licence }
        if let version = draft.version {
            recipe.version = version.value
            recipe.places.version = version.place
        }
        if let tags = draft.tags { recipe.tags = tags }
        if let platforms = draft.platforms { recipe.platforms = platforms.sorted() }
        if let named = draft.suite {
            suite = named
            recipe.suite = named.value
        }
        if let release = draft.dates.release { recipe.dates.release = release }
        if let endOfLife = draft.dates.endOfLife { recipe.dates.endOfLife = endOfLife }
        if let compression = draft.compression { recipe.compression = compression }
        recipe.updates = draft.updates.laid(over: recipe.updates)
    }

    private mutating func addContents(_ part: Part) {
        let contents = part.draft.contents
        // Asking for a package lifts an exclusion from below: a variant for developers needs what the image left out.
        let asked = Set(contents.packages.map(\.value.package))
        let lifts = recipe.exclusions.map(\.package).filter(asked.contains).sorted()
        recipe.exclusions.removeAll { asked.contains($0.package) }
        for exclusion in contents.exclude {
            let package = exclusion.value.package
            if let layer = recipe.layers.first(where: { $0.packages.contains { $0.package == package } }) {
                problems.append(
                    .contradiction(
                        exclusion.place, expected: "a package that nothing below asks for",
                        found: "\(package), which \(layer.origin) asks for",
                        fix: "remove the exclusion, or the package from \(layer.origin)"))
            }
            var value = exclusion.value
            value.origin = part.origin
            recipe.exclusions.replaceOrAppend(value) { $0.package == package }
            recipe.places.exclusions[package] = exclusion.place
        }
        recipe.layers.append(LayerContents(origin: part.origin, packages: contents.packages.map(\.value), lifts: lifts))
        for request in contents.packages where recipe.places.requests[request.value.package] == nil {
            recipe.places.requests[request.value.package] = request.place
        }
        recipe.drops += contents.drop
        recipe.steps.appendMissing(part.draft.steps)
        recipe.exceptions.appendMissing(part.draft.exceptions)
        recipe.annotations.merge(part.draft.annotations) { _, upper in upper }
    }

    private mutating func addLayout(_ draft: RecipeDraft) {
        for user in draft.accounts.users { recipe.users.replaceOrAppend(user) { $0.name == user.name } }
        for group in draft.accounts.groups { recipe.groups.replaceOrAppend(group) { $0.name == group.name } }
        if let named = draft.accounts.runAs {
            runAs = named
            recipe.runAs = named.value
        }
        for file in draft.resolvedFiles { recipe.files.replaceOrAppend(file) { $0.path == file.path } }
        for directory in draft.directories { recipe.directories.replaceOrAppend(directory) { $0.path == directory.path } }
        recipe.links.merge(draft.links) { _, upper in upper }
        recipe.helpers.appendMissing(draft.helpers)
        recipe.libraryDirectories.appendMissing(draft.libraryDirectories)
    }

    private mutating func addRuntime(_ draft: RecipeDraft) {
        if let start = draft.start { recipe.start = start }
        recipe.environment.merge(draft.environment) { _, upper in upper }
        recipe.ports.appendMissing(draft.ports)
        recipe.volumes.appendMissing(draft.volumes)
        recipe.writable.appendMissing(draft.writable)
        if let entrypoint = draft.entrypoint { recipe.entrypoint = entrypoint }
        if let command = draft.command { recipe.command = command }
        if let directory = draft.workingDirectory { recipe.workingDirectory = directory }
        if let signal = draft.stopSignal { recipe.stopSignal = signal }
        for entry in draft.contract { add(entry) }
    }

    private mutating func add(_ entry: Located<ContractDraft>) {
        switch entry.value {
        case .test(let test):
            if test.users == .root, recipe.variant == nil {
                problems.append(
                    .contradiction(
                        entry.place, expected: "a test as users that are not root", found: "root in \(recipe.reference)",
                        fix: "remove users: root, or write the test in a variant"))
            }
            recipe.contract.replaceOrAppend(test) { $0.name == test.name }
        case .left(let name):
            guard recipe.contract.contains(where: { $0.name == name }) else {
                problems.append(
                    .unknownName(entry.place, kind: "contract test", name: name, known: recipe.contract.map(\.name)))
                return
            }
            recipe.contract.removeAll { $0.name == name }
        }
    }
}

extension Array {
    fileprivate mutating func replaceOrAppend(_ element: Element, where isSame: (Element) -> Bool) {
        if let index = firstIndex(where: isSame) { self[index] = element } else { append(element) }
    }
}

extension Array where Element: Equatable {
    fileprivate mutating func appendMissing(_ elements: [Element]) {
        for element in elements where !contains(element) { append(element) }
    }
}
