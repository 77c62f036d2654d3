// SPDX-License-Identifier: Apache-2.0
import Base

/// One run over the files of a catalog: what was read already, and every mistake found on the way.
struct CatalogReading {
    let files: CatalogFiles
    private var problems: [ArtifactsError] = []
    /// Profiles that were read; nil stands for one with mistakes.
    private var profiles: [String: RecipeDraft?] = [:]

    init(_ files: CatalogFiles) { self.files = files }

    func refuseProblems() throws(Diagnoses) {
        if !problems.isEmpty { throw Diagnoses(problems.map(\.diagnosis)) }
    }

    /// A file called `.yml` would be passed over in silence.
    mutating func refuseOtherEndings() throws {
        for path in files.paths where path.hasSuffix(".yml") && !path.contains("/files/") {
            problems.append(
                .contradiction(
                    Place(file: files.shown(path)), expected: "a file that ends in .yaml", found: ".yml", fix: "rename it to .yaml"))
        }
    }

    // MARK: - Images

    mutating func image(_ name: String) throws -> CatalogImage? {
        let folder = "images/\(name)/"
        let path = folder + "image.yaml"
        let place = Place(file: files.shown(path))
        guard TextRule.imageName.isKept(by: name) else {
            problems.append(
                .badValue(
                    place, at: "the folder's name", expected: TextRule.imageName.expected, found: YAMLNode.quoted(name),
                    fix: "rename the folder"))
            return nil
        }
        let about = try read(path, as: ImageShape.image.shape, purpose: "what the image \(name) is")
        let found = files.names(in: folder, ending: ".yaml").filter { $0 != "image" }
        if found.isEmpty {
            problems.append(.missingFile(place, path: files.shown(folder + "<stream>.yaml"), purpose: "a recipe", known: []))
        }
        for named in (about?.streams ?? []) + (about?.latest.map { [$0] } ?? []) where !found.isEmpty && !found.contains(named.value) {
            problems.append(.unknownName(named.place, kind: "stream", name: named.value, known: found))
        }
        let listed = (about?.streams.map(\.value) ?? []).filter(found.contains)
        let rest = found.filter { !listed.contains($0) }.sorted { NaturalOrder.precedes($1, $0) }
        var streams: [CatalogStream] = []
        for stream in listed + rest {
            if let recipes = try recipes(image: name, stream: stream, about: about) {
                streams.append(CatalogStream(name: stream, recipes: recipes))
            }
        }
        refuseEqualNames(streams, image: name)
        guard let about else { return nil }
        return CatalogImage(
            name: name, title: about.title, summary: about.summary, licence: about.licence, latest: about.latest?.value,
            overview: try text(folder + "overview.md") ?? "", streams: streams)
    }

    private mutating func refuseEqualNames(_ streams: [CatalogStream], image: String) {
        var seen: Set<String> = []
        for recipe in streams.flatMap(\.recipes) where !seen.insert(recipe.tagStem).inserted {
            problems.append(.duplicate(Place(file: files.shown(recipe.sourcePath)), kind: "stream or variant", name: recipe.reference))
        }
    }

    // MARK: - Recipes

    private mutating func recipes(image: String, stream: String, about: ImageShape.Draft?) throws -> [Recipe]? {
        let path = "images/\(image)/\(stream).yaml"
        guard var draft = try read(path, as: RecipeShape.recipe.shape, purpose: "a recipe") else { return nil }
        try fill(&draft, path: path)
        if let written = draft.stream, written.value != stream {
            problems.append(
                .contradiction(
                    written.place, expected: "the stream that the file is named after, \(YAMLNode.quoted(stream))",
                    found: YAMLNode.quoted(written.value), fix: "write stream: \"\(stream)\", or rename the file to \(written.value).yaml"))
        }
        guard let below = try chain(draft.extends) else { return nil }
        draft.title = draft.title ?? about?.title
        draft.summary = draft.summary ?? about?.summary
        draft.licence = about?.licence
        let parts = below + [RecipeComposer.Part(origin: "image", draft: draft)]
        var recipes: [Recipe] = []
        if var recipe = compose(parts, image: image, stream: stream, variant: nil, at: draft.place, reporting: true) {
            if about?.latest?.value == stream { recipe.tags.append("latest") }
            recipes.append(recipe)
        }
        for variant in draft.variants {
            var upper = variant.value
            try fill(&upper, path: path)
            guard let beside = try chain(upper.extends) else { continue }
            let known = Set(below.map(\.origin))
            let all = parts + beside.filter { !known.contains($0.origin) } + [.init(origin: "variant:\(variant.key)", draft: upper)]
            if let recipe = compose(
                all, image: image, stream: stream, variant: variant.key, at: variant.place, reporting: !recipes.isEmpty)
            {
                recipes.append(recipe)
            }
        }
        return recipes
    }

    /// A variant repeats the mistakes of its runtime recipe: they are told once.
    private mutating func compose(
        _ parts: [RecipeComposer.Part], image: String, stream: String, variant: String?, at place: Place, reporting: Bool
    ) -> Recipe? {
        var composer = RecipeComposer(image: image, stream: stream, variant: variant)
        for part in parts { composer.add(part) }
        composer.finish(at: place)
        var found = composer.problems
        let suites = files.names(in: "suites/", ending: ".yaml")
        if let suite = composer.namedSuite, !suites.contains(suite.value) {
            found.append(.unknownName(suite.place, kind: "suite", name: suite.value, known: suites))
        }
        if reporting { report(found) }
        return found.isEmpty ? composer.recipe : nil
    }

    /// The profiles from the lowest up to the one that is named; nil when one of them has mistakes.
    private mutating func chain(_ named: Located<String>?) throws -> [RecipeComposer.Part]? {
        var chain: [RecipeComposer.Part] = []
        var names: [String] = []
        var next = named
        while let current = next {
            if let start = names.firstIndex(of: current.value) {
                report([.cycle(current.place, chain: Array(names[start...]) + [current.value])])
                return nil
            }
            guard files.contains("profiles/\(current.value).yaml") else {
                let known = files.names(in: "profiles/", ending: ".yaml")
                report([.unknownName(current.place, kind: "profile", name: current.value, known: known)])
                return nil
            }
            guard let draft = try profile(current.value) else { return nil }
            names.append(current.value)
            chain.insert(.init(origin: "profile:\(current.value)", draft: draft), at: 0)
            next = draft.extends
        }
        return chain
    }

    mutating func profile(_ name: String) throws -> RecipeDraft? {
        if let known = profiles[name] { return known }
        let path = "profiles/\(name).yaml"
        var draft = try read(path, as: RecipeShape.profile.shape, purpose: "a profile")
        if var read = draft {
            try fill(&read, path: path)
            draft = read
        }
        profiles[name] = .some(draft)
        return draft
    }

    /// Reads the contents of a draft's files; their sources are named from the folder of the file that says so.
    private mutating func fill(_ draft: inout RecipeDraft, path: String) throws {
        draft.place = Place(file: files.shown(path))
        let folder = String(path[...(path.lastIndex(of: "/") ?? path.startIndex)])
        for file in draft.files {
            var content = file.value.content
            if let source = file.value.source {
                let sourcePath = folder + source
                guard files.contains(sourcePath) else {
                    let known = files.paths.filter { $0.hasPrefix(folder) }.map { String($0.dropFirst(folder.count)) }
                    problems.append(.missingFile(file.place, path: source, purpose: "the source of \(file.value.path)", known: known))
                    continue
                }
                content = try text(sourcePath)
            }
            draft.resolvedFiles.append(
                RecipeFile(
                    path: String(file.value.path.dropFirst()), content: content ?? "", mode: file.value.mode, uid: file.value.owner.uid,
                    gid: file.value.owner.gid))
        }
    }

    // MARK: - Other files

    mutating func suite(_ name: String) throws -> Suite? {
        let path = "suites/\(name).yaml"
        guard files.contains(path), let draft = try read(path, as: SuiteShape.suite.shape, purpose: "a suite") else { return nil }
        if let written = draft.name, written.value != name {
            problems.append(
                .contradiction(
                    written.place, expected: "the name of the file, \(name)", found: YAMLNode.quoted(written.value),
                    fix: "write name: \(name), or rename the file to \(written.value).yaml"))
        }
        return Suite(name: name, archives: draft.archives, maximumLockAgeDays: draft.maximumLockAgeDays)
    }

    mutating func scripts() throws -> ScriptTable {
        guard files.contains("scripts.yaml") else { return ScriptTable() }
        return try read("scripts.yaml", as: ScriptShape.table.shape, purpose: "the table of scripts") ?? ScriptTable()
    }

    mutating func gate() throws -> GatePolicy {
        let path = GatePolicy.fileName
        guard files.contains(path) else { return .standard }
        guard let draft = try read(path, as: GateShape.gate.shape, purpose: "the gate") else { return .standard }
        return GateShape.policy(draft, origin: files.shown(path))
    }

    mutating func slo() throws -> SLOPolicy {
        let path = SLOPolicy.fileName
        guard files.contains(path) else { return .standard }
        guard let draft = try read(path, as: SLOShape.slo.shape, purpose: "the objectives") else { return .standard }
        return SLOShape.policy(draft, origin: files.shown(path))
    }

    mutating func read<Value>(_ path: String, as shape: Shape<Value>, purpose: String) throws -> Value? {
        guard let bytes = try files.read(path) else {
            problems.append(.missingFile(Place(file: files.shown(path)), path: files.shown(path), purpose: purpose, known: []))
            return nil
        }
        do {
            let node = try YAMLDocument.parse(bytes, file: files.shown(path))
            var reader = Reader()
            let value = shape.read(node, &reader)
            problems += reader.problems
            return reader.problems.isEmpty ? value : nil
        } catch {
            problems.append(error)
            return nil
        }
    }

    /// A file's text; a mistake when it is not UTF-8 or larger than a recipe may be.
    private mutating func text(_ path: String) throws -> String? {
        guard let bytes = try files.read(path) else { return nil }
        guard bytes.count <= YAMLDocument.sizeLimit else {
            problems.append(.tooLarge(file: files.shown(path), limit: YAMLDocument.sizeLimit, found: bytes.count))
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            problems.append(
                .contradiction(
                    Place(file: files.shown(path)), expected: "text in UTF-8", found: "other bytes", fix: "save the file as UTF-8"))
            return nil
        }
        return text
    }

    mutating func report(_ problem: ArtifactsError) { report([problem]) }

    /// A mistake of a profile shows once, however many recipes extend it.
    mutating func report(_ found: [ArtifactsError]) {
        for problem in found where !problems.contains(problem) { problems.append(problem) }
    }
}

extension TextRule {
    fileprivate func isKept(by text: String) -> Bool {
        var reader = Reader()
        return problem(with: text, &reader) == nil
    }
}
