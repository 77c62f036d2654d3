// SPDX-License-Identifier: Apache-2.0
import Base

/// Turns the YAML of a catalog folder into values. Every mistake of every file that was read is told at once, as
/// `Diagnoses`, each with file, line and column.
package struct RecipeLoader: Sendable {
    let files: CatalogFiles
    package init(_ files: CatalogFiles) { self.files = files }

    /// The whole catalog.
    package func catalog() throws -> Catalog {
        var reading = CatalogReading(files)
        try reading.refuseOtherEndings()
        var images: [CatalogImage] = []
        for name in files.folders(in: "images/") {
            if let image = try reading.image(name) { images.append(image) }
        }
        var suites: [Suite] = []
        for name in files.names(in: "suites/", ending: ".yaml") {
            if let suite = try reading.suite(name) { suites.append(suite) }
        }
        for name in files.names(in: "profiles/", ending: ".yaml") { _ = try reading.profile(name) }
        let scripts = try reading.scripts()
        try reading.refuseProblems()
        return Catalog(images: images, suites: suites, scripts: scripts)
    }

    /// One recipe, called `python:3.13-dev`. Mistakes in other images do not stand in its way.
    package func recipe(_ reference: String) throws -> Recipe {
        let name = String(reference.prefix { $0 != ":" })
        guard files.contains("images/\(name)/image.yaml") else {
            let known = files.folders(in: "images/").flatMap { image in
                files.names(in: "images/\(image)/", ending: ".yaml").filter { $0 != "image" }.map { "\(image):\($0)" }
            }
            throw ArtifactsError.unknownImage(reference: reference, known: known)
        }
        return try Catalog.pick(reference, from: [image(name)])
    }

    /// One image with its streams and variants.
    package func image(_ name: String) throws -> CatalogImage {
        var reading = CatalogReading(files)
        let image = try reading.image(name)
        try reading.refuseProblems()
        guard let image else { throw ArtifactsError.unknownImage(reference: name, known: files.folders(in: "images/")) }
        return image
    }

    /// A suite of `suites/`.
    package func suite(_ name: String) throws -> Suite {
        var reading = CatalogReading(files)
        let suite = try reading.suite(name)
        try reading.refuseProblems()
        guard let suite else {
            let known = files.names(in: "suites/", ending: ".yaml")
            throw ArtifactsError.unknownName(Place(file: files.shown("suites/")), kind: "suite", name: name, known: known)
        }
        return suite
    }

    /// The table of `scripts.yaml`; an empty one when there is no such file.
    package func scripts() throws -> ScriptTable {
        var reading = CatalogReading(files)
        let scripts = try reading.scripts()
        try reading.refuseProblems()
        return scripts
    }

    /// What `gate.yaml` says; the default when there is no such file.
    package func gate() throws -> GatePolicy {
        var reading = CatalogReading(files)
        let policy = try reading.gate()
        try reading.refuseProblems()
        return policy
    }

    /// What `slo.yaml` says; the default when there is no such file.
    package func slo() throws -> SLOPolicy {
        var reading = CatalogReading(files)
        let policy = try reading.slo()
        try reading.refuseProblems()
        return policy
    }

    /// The lock beside a recipe; nil when it was never resolved. A lock of another image or format is refused.
    package func lock(of recipe: Recipe) throws -> Lock? {
        guard let bytes = try files.read(recipe.lockPath) else { return nil }
        let place = Place(file: files.shown(recipe.lockPath))
        let fix = "restore the file from version control, or remove it and run ashlar resolve \(recipe.reference)"
        let lock: Lock
        do {
            lock = try CanonicalJSON.decode(Lock.self, from: bytes)
        } catch let error as any Diagnosable {
            throw ArtifactsError.contradiction(place, expected: "a lock", found: error.diagnosis.summary, fix: fix)
        }
        let found = "\(lock.format) of \(lock.image):\(lock.stream)\(lock.variant.map { "-\($0)" } ?? "")"
        let isRight =
            lock.format == Lock.currentFormat && lock.image == recipe.name && lock.stream == recipe.stream && lock.variant == recipe.variant
        guard isRight else {
            throw ArtifactsError.contradiction(
                place, expected: "\(Lock.currentFormat) of \(recipe.reference)", found: YAMLNode.quoted(found), fix: fix)
        }
        return lock
    }
}
