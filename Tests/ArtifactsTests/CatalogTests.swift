// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Testing

@Suite struct CatalogTests {
    @Test func `a catalog lists images, streams and variants in order`() throws {
        let catalog = try Sample.loader().catalog()
        #expect(catalog.recipes().map(\.reference) == ["python:3.13", "python:3.13-dev", "python:3.9"])
        let image = try catalog.image("python")
        #expect(image.licence == "PSF-2.0")
        #expect(image.overview == "# Python\n")
        #expect(image.streams.map(\.name) == ["3.13", "3.9"])
    }

    @Test func `image.yaml decides the order of streams`() throws {
        let text = Sample.image + "\nstreams: [\"3.9\"]"
        let catalog = try Sample.loader(changing: ["images/python/image.yaml": text]).catalog()
        #expect(catalog.images[0].streams.map(\.name) == ["3.9", "3.13"])
    }

    @Test(arguments: ["python", "python:latest", "python:3.13"]) func `a name without a stream is the latest`(_ name: String) throws {
        #expect(try Sample.loader().catalog().recipe(name).reference == "python:3.13")
        #expect(try Sample.loader().recipe(name).reference == "python:3.13")
    }

    @Test(arguments: [
        ("python:3.13-deb", "write python:3.13-dev"), ("pyton:3.13", "write python:3.13"), ("python:77.55", "choose one of python:3.13"),
        ("", "choose one of"),
    ]) func `an unknown image is refused with the nearest name`(_ name: String, _ remedy: String) throws {
        let catalog = try Sample.loader().catalog()
        let error = #expect(throws: ArtifactsError.self) { try catalog.recipe(name) }
        #expect(error?.diagnosis.remedy.contains(remedy) == true, "\(error?.diagnosis.remedy ?? "")")
        #expect(error?.diagnosis.kind == .notFound)
        #expect(throws: ArtifactsError.self) { try Sample.loader().recipe(name) }
    }

    @Test func `suites are read with their archives`() throws {
        let suite = try Sample.loader().suite("trixie")
        #expect(suite.archives.map(\.suite) == ["trixie", "trixie-security"])
        #expect(suite.archives[0].components == ["main"])
        #expect(suite.archives[0].maximumAgeDays == 120)
        #expect(suite.archives[1].hasValidUntil)
        #expect(throws: ArtifactsError.self) { try Sample.loader().suite("sid") }
    }

    @Test func `a file that ends in yml is not passed over`() throws {
        let found = try Sample.diagnoses(changing: ["profiles/extra.yml": "suite: trixie"])
        #expect(found.map(\.remedy) == ["rename it to .yaml"])
    }

    @Test func `an image without image.yaml or without a stream is refused`() throws {
        #expect(try Sample.diagnoses(changing: ["images/a/1.yaml": Sample.older]).contains { $0.code == "catalog.missing-file" })
        #expect(
            try Sample.diagnoses(changing: ["images/a/image.yaml": "title: a\nsummary: b"]).contains { $0.code == "catalog.missing-file" })
        #expect(try Sample.diagnoses(changing: ["images/Bad/x": ""]).contains { $0.code == "catalog.bad-value" })
    }

    @Test func `a variant and a stream of one name are refused`() throws {
        let text = "stream: 3.13-dev\nextends: base\n"
        #expect(try Sample.diagnoses(changing: ["images/python/3.13-dev.yaml": text]).map(\.code) == ["catalog.duplicate"])
    }

    @Test func `a lock is read beside its recipe`() throws {
        let recipe = try Sample.loader().recipe("python:3.13-dev")
        #expect(recipe.lockPath == "images/python/3.13-dev.lock.json")
        #expect(try Sample.loader().lock(of: recipe) == nil)
        let lock = Lock(image: "python", stream: "3.13", variant: "dev", recipe: .sha256(of: "x"), revision: 1, platforms: [])
        let text = String(decoding: try CanonicalJSON.encodePretty(lock), as: UTF8.self)
        #expect(try Sample.loader(changing: [recipe.lockPath: text]).lock(of: recipe) == lock)
        for bad in [text.replacing("dev", with: "deb"), text.replacing("lock/v1", with: "lock/v9"), "{", "{}"] {
            #expect(throws: ArtifactsError.self) { try Sample.loader(changing: [recipe.lockPath: bad]).lock(of: recipe) }
        }
    }

    @Test func `files are asked for by path only when there are such`() throws {
        let files = CatalogFiles(root: "c", paths: ["a/b", "a/c/d"]) { path in Array(path.utf8) }
        #expect(try files.read("a/b") == Array("a/b".utf8))
        #expect(try files.read("a/x") == nil)
        #expect(files.shown("a/b") == "c/a/b")
    }

    // MARK: - Tags

    @Test(arguments: [
        ("3.13.5", ["3.13", "3.13.5", "3", "s-1", "5"]), ("2025b", ["2025b", "2025", "s-1"]),
        ("21.0.13.1+2", ["21.0", "21.0.13.1-2", "21", "s-1", "13"]), ("7", ["7", "s-1"]),
    ]) func `tags are filled from the version`(_ version: String, _ tags: [String]) {
        var recipe = Recipe(name: "x", stream: "1")
        recipe.tags = ["{major}.{minor}", "{version}", "{major}", "s-{stream}", "{patch}", "{version}"]
        #expect(recipe.expandTags(version: version) == tags)
    }

    @Test func `a variant is appended to each tag and is never latest`() throws {
        let catalog = try Sample.loader().catalog()
        #expect(try catalog.recipe("python:3.13").expandTags(version: "3.13.5") == ["3.13", "3.13.5", "latest"])
        #expect(try catalog.recipe("python:3.13-dev").expandTags(version: "3.13.5") == ["3.13-dev", "3.13.5-dev"])
        #expect(try catalog.recipe("python:3.9").expandTags(version: "3.9.1") == ["3.9"])
    }

    // MARK: - Scripts

    @Test func `scripts are classified by kind, then by hash`() throws {
        let table = try Sample.loader().scripts()
        let first = try #require(Digest(hex: Sample.hash(1)))
        let second = try #require(Digest(hex: Sample.hash(2)))
        #expect(
            table.classify(kind: "prerm", normalisedHash: .sha256(of: "any"))
                == .ignored(reason: "never runs when a fresh root is assembled"))
        #expect(table.classify(kind: "postinst", normalisedHash: first) == .emulated(steps: ["ca-bundle"]))
        #expect(table.classify(kind: "postinst", normalisedHash: second) == .ignored(reason: "upgrade only"))
        #expect(table.classify(kind: "preinst", normalisedHash: first) == nil)
        #expect(table.classify(kind: "postinst", normalisedHash: .sha256(of: "any")) == nil)
        #expect(try Sample.loader(changing: ["scripts.yaml": nil]).scripts() == ScriptTable())
    }

    @Test func `triggers are classified line by line`() throws {
        let table = try Sample.loader().scripts()
        #expect(
            table.classifyTriggers("# c\n\nactivate-noawait ldconfig # x\n")
                == .ignored(reasons: ["ldconfig: libraries are in built-in directories"]))
        #expect(table.classifyTriggers("") == .ignored(reasons: []))
        #expect(
            table.classifyTriggers("activate ldconfig\ninterest /usr/share/x\nbogus ldconfig\n")
                == .unknown(lines: ["interest /usr/share/x", "bogus ldconfig"]))
    }
}
