// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import OCI
import TestKit
import Testing

@testable import Pipeline

@Suite struct ExplainTests {
    private func release() async throws -> (OriginBench, ReleaseEvidence) {
        let bench = try OriginBench()
        return (bench, try await bench.evidence(of: try await bench.build(bench.job())))
    }

    @Test func `a file leads through every link to the line of the recipe`() async throws {
        let (bench, evidence) = try await release()
        let chain = try await bench.explain(.path("/usr/bin/tool"), evidence)
        #expect(chain.isWhole)
        #expect(
            chain.links.map(\.name) == [
                "image", "layer", "lock", "package", "provenance", "suite", "index", "list of packages", "recipe",
            ])
        let recipe = try #require(chain.links.last)
        #expect(recipe.checked.contains("tool is asked for by image"))
        #expect(recipe.checked.contains { $0.hasPrefix("images/tool/1.yaml:8  - tool") })
        #expect(chain.links[3].checked.contains { $0.contains("usr/bin/tool in the .deb is the same file") })
    }

    @Test func `a file below lib is found at its place in a merged usr, and its package is needed by another`() async throws {
        let (bench, evidence) = try await release()
        let chain = try await bench.explain(.path("usr/lib/libtool.so.1"), evidence)
        #expect(chain.isWhole)
        #expect(chain.links[3].subject == "libtool1 2.0-1")
        #expect(chain.links.last?.checked.contains("libtool1, needed by tool") == true)
    }

    @Test(arguments: ["/usr/bin/tl", "/var/lib/dpkg/status.d/tool", "/usr/share/doc/tool"])
    func `links, status entries and directories have an origin too`(_ path: String) async throws {
        let (bench, evidence) = try await release()
        let chain = try await bench.explain(.path(path), evidence)
        #expect(chain.isWhole && chain.links.contains { $0.name == "package" && $0.subject == "tool 1.0-1" })
    }

    @Test func `a file of the recipe leads to its line`() async throws {
        let (bench, evidence) = try await release()
        let chain = try await bench.explain(.path("/etc/tool.conf"), evidence)
        #expect(chain.isWhole)
        #expect(chain.links.map(\.name) == ["image", "layer", "lock", "inventory", "recipe"])
        #expect(chain.links.last?.checked.contains { $0.contains("images/tool/1.yaml:10") && $0.contains("/etc/tool.conf") } == true)
    }

    @Test func `a package and a layer are explained`() async throws {
        let (bench, evidence) = try await release()
        let package = try await bench.explain(.package("libtool1"), evidence)
        #expect(package.isWhole && package.links.map(\.name).contains("layer"))
        let layer = try await bench.explain(.layer(1), evidence)
        #expect(layer.isWhole)
        #expect(layer.links.first { $0.name == "packages" }?.checked.count == 2)
    }

    @Test(arguments: [ReleaseExplainer.Question.path("/none"), .package("none"), .layer(9), .layer(0)])
    func `what is not there breaks the chain, and says so`(_ question: ReleaseExplainer.Question) async throws {
        let (bench, evidence) = try await release()
        let chain = try await bench.explain(question, evidence)
        #expect(!chain.isWhole && chain.links.last?.problem != nil)
        guard case .absent = chain.end else {
            Issue.record("an image that does not have something is no broken chain: \(chain.end)")
            return
        }
        #expect(chain.failure == .notFound && chain.json["absent"] == true)
    }

    @Test func `the nearest of what is there is told`() async throws {
        let (bench, evidence) = try await release()
        for (question, nearest) in [
            (ReleaseExplainer.Question.path("/bin/tool"), "did you mean /usr/bin/tool"), (.path("/usr/bin/toool"), "/usr/bin/tool"),
            (.package("libtol1"), "did you mean libtool1?"), (.layer(99), "counted from 1 to"),
        ] {
            let problem = try await bench.explain(question, evidence).links.last?.problem ?? ""
            #expect(problem.contains(nearest), "\(problem)")
        }
    }

    @Test func `near are the same name elsewhere, the nearest and the longer in the folder, and else the folder`() {
        let paths: Set = ["usr", "usr/bin", "usr/bin/python3.13", "usr/bin/env", "etc", "etc/passwd", "opt/app/passwd", "usr/lib/python3"]
        #expect(NearPaths.find("bin/env", among: paths) == ["/usr/bin/env"])
        #expect(NearPaths.find("usr/bin/python", among: paths) == ["/usr/bin/python3.13"])
        #expect(NearPaths.find("passwd", among: paths) == ["/etc/passwd", "/opt/app/passwd"])
        #expect(NearPaths.find("etc/paswd", among: paths) == ["/etc/passwd"])
        #expect(NearPaths.find("etc/xyzzy", among: paths) == ["/etc"])
        #expect(NearPaths.find("srv/nothing/at/all", among: paths).isEmpty && NearPaths.find("", among: paths).isEmpty)
    }

    @Test(arguments: [
        ("layer", "layer"), ("lock.json", "lock"), ("recipe.tar", "lock"), ("tool_1.0-1_amd64.deb", "package"), ("InRelease", "index"),
        ("Packages.xz", "list of packages"),
    ])
    func `a changed byte breaks the chain at its link`(_ what: String, _ link: String) async throws {
        let (bench, evidence) = try await release()
        let layers = what == "layer" ? evidence.platforms[0].document.layers : evidence.sources?.layers ?? []
        let target = try #require(
            what == "layer" ? layers.first : layers.first { $0.annotations?[Annotation.title]?.hasSuffix(what) == true })
        var bytes = try bench.blobs.read(target.digest)
        bytes[bytes.count / 2] ^= 1
        for spoiled in [bytes, nil] {
            let place = SpoiledRepository(inner: bench.repository, spoiled: [target.digest: spoiled])
            let chain = try await bench.explain(.path("/usr/bin/tool"), evidence, in: place)
            #expect(!chain.isWhole && chain.json["absent"] == false)
            #expect(chain.links.last?.name == link && chain.links.last?.problem != nil)
            #expect(chain.links.dropLast().allSatisfy { $0.problem == nil })
            guard case .broken = chain.end else {
                Issue.record("what was changed is not told as broken: \(chain.end)")
                return
            }
        }
    }

    @Test func `a file that is not the package's breaks the chain`() async throws {
        let bench = try OriginBench()
        let job = try bench.job()
        let release = try await bench.build(job)
        let evidence = try await bench.evidence(of: release)
        // A layer whose digests are all right, and whose program is another: only its package can tell.
        let forged = try await bench.forged(evidence, file: "usr/bin/tool", text: "the fool\n")
        let chain = try await bench.explain(.path("/usr/bin/tool"), forged)
        #expect(chain.links.last?.name == "package" && chain.links.last?.problem?.contains("is not what vouches for it says") == true)
    }

    @Test func `words of a recipe are found outside comments and reasons`() {
        let text = """
            # tool
            exclude: [{package: other, reason: tool}]
            packages: [libtool, tool-dev]
              - tool
            """
        let lines = RecipeLines(files: ["a.yaml": Array(text.utf8)], prefix: "catalog/")
        #expect(lines.place(of: "tool", in: "a.yaml") == .init(location: "catalog/a.yaml:4", text: "- tool"))
        #expect(lines.place(of: "libtool", in: "a.yaml")?.location == "catalog/a.yaml:3")
        #expect(lines.place(of: "none", in: "a.yaml") == .init(location: "catalog/a.yaml", text: ""))
        #expect(lines.place(of: "tool", in: "b.yaml") == nil)
    }
}
