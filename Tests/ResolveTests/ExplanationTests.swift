// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Resolve
import TestKit
import Testing

@Suite struct ExplanationTests {
    @Test func `a version that is not there is told with what is`() {
        let scenario = Scenario(
            [
                (
                    "trixie",
                    [
                        package("nginx", "1.26", ["Depends": "web"]), package("web", "3", ["Depends": "libfoo (>= 2)"]),
                        package("libfoo", "1.8"),
                    ]
                ),
                ("trixie-security", [package("libfoo", "1.9")]),
            ], ask: ["nginx"])
        #expect(
            scenario.refusal() == """
                app:1 has no solution on linux/amd64: web 3 needs libfoo (>= 2), but there is only 1.9 (trixie-security), 1.8 (trixie)
                image asks for nginx
                nginx 1.26 needs web
                web 3 needs libfoo (>= 2)
                """)
    }

    @Test func `a name that is not there is told with the nearest`() {
        let missing = Scenario([package("app", "1", ["Depends": "libfo1"]), package("libfoo1")], ask: ["app"])
        #expect(missing.refusal().hasPrefix("app:1 has no solution on linux/amd64: app 1 needs libfo1, but no archive has it"))
        let unknown = Scenario([package("python3.13-minimal")], ask: ["python3.31-minimal"])
        #expect {
            try unknown.lock()
        } throws: { error in
            (error as? ResolveError)?.diagnosis.remedy == "write python3.13-minimal if that is what you mean"
        }
        #expect(
            unknown.refusal()
                == "expected a package of the suite, found python3.31-minimal, asked for by image of app:1, in no archive for linux/amd64")
    }

    @Test func `a name that is only provided is told with who provides it`() {
        let scenario = Scenario([package("mawk", "1", ["Provides": "awk"])], ask: ["awk"])
        #expect(scenario.refusal() == "expected the name of a package, found awk, asked for by image of app:1, which packages only provide")
    }

    @Test func `the failure that is no alternative's fault is told`() {
        // The first alternative is broken too, but the second would do; what really fails is deeper.
        let scenario = Scenario(
            [
                package("app", "1", ["Depends": "broken | fine, deep"]), package("broken", "1", ["Depends": "gone"]), package("fine"),
                package("deep", "1", ["Depends": "deeper"]), package("deeper", "1", ["Depends": "lost"]),
            ], ask: ["app"])
        #expect(scenario.refusal().contains("deeper 1 needs lost, but no archive has it"))
    }

    @Test func `two requests that cannot stand beside each other`() {
        let scenario = Scenario([package("a", "1", ["Conflicts": "b (<< 3)"]), package("b", "2")], ask: ["a", "b"])
        #expect(
            scenario.refusal() == """
                app:1 has no solution on linux/amd64: image needs b, but b 2 cannot stand beside a 1 (a conflicts with b (<< 3))
                image asks for b
                """)
    }

    @Test func `an unreadable field names its package`() {
        let scenario = Scenario([package("app", "1", ["Depends": "lib ("]), package("lib")], ask: ["app"])
        #expect(scenario.refusal().hasPrefix("the package app of the archive cannot be used: expected relations"))
    }

    @Test func `why a package is there is the shortest path`() throws {
        let scenario = Scenario(
            [
                package("app", "1", ["Depends": "long, short"]), package("long", "1", ["Depends": "longer"]),
                package("longer", "1", ["Depends": "leaf"]),
                package("short", "1", ["Depends": "virtual"]), package("leaf", "2", ["Provides": "virtual"]),
            ], ask: ["app"])
        #expect(
            try scenario.explain("leaf") == """
                leaf 2 (trixie) is in app:1 on linux/amd64
                  image asks for app
                  app needs short
                  short needs virtual (provided by leaf)
                """)
        #expect(try scenario.explain("app") == "app 1 (trixie) is in app:1 on linux/amd64\n  image asks for app")
    }

    @Test func `every mistake of a recipe is told at once, with its place`() throws {
        var scenario = Scenario([package("app"), package("mawk", "1", ["Provides": "awk"])], ask: ["app", "gone", "awk", "lost"])
        scenario.recipe.platforms = [.amd64, .arm64]
        for (line, name) in ["app", "gone", "awk", "lost"].enumerated() {
            scenario.recipe.places.requests[name] = Place(file: "x.yaml", line: line + 1, column: 7)
        }
        let found = try scenario.resolver().mistakes(in: scenario.recipe).map(\.diagnosis)
        #expect(
            found.map { "\($0.code) \($0.summary.prefix(10))" } == [
                "resolve.unknown-package x.yaml:2:7", "resolve.only-provided x.yaml:3:7", "resolve.unknown-package x.yaml:4:7",
                // Of the other platform only what is new.
                "resolve.unknown-package x.yaml:1:7",
            ])
        #expect(scenario.refusal().hasPrefix("x.yaml:2:7: expected a package of the suite, found gone"))
    }

    @Test func `exclusions that leave nothing out are told together`() throws {
        var scenario = Scenario([package("app")], ask: ["app"], exclude: ["one", "two"])
        scenario.recipe.version = .package("absent")
        scenario.recipe.places.exclusions["two"] = Place(file: "x.yaml", line: 9, column: 3)
        scenario.recipe.places.version = Place(file: "x.yaml", line: 2, column: 10)
        let found = try scenario.resolver().mistakes(in: scenario.recipe).map(\.diagnosis)
        #expect(found.map(\.code) == ["resolve.version-package-missing", "resolve.unused-exclusion", "resolve.unused-exclusion"])
        #expect(found[0].summary.hasPrefix("x.yaml:2:10: ") && found[2].summary.hasPrefix("x.yaml:9:3: "))
        scenario.recipe.version = .literal("1")
        scenario.recipe.exclusions = []
        #expect(try scenario.resolver().mistakes(in: scenario.recipe).isEmpty)
    }

    @Test func `platforms with the same reason share it`() throws {
        var scenario = Scenario(
            [
                package("app", "1", architecture: "all", ["Depends": "lib, x"]), package("lib", "2", architecture: "all", [:]),
                package("x", "1", ["Depends": "y"]), VirtualPackage("x", "1", architecture: "arm64"), package("y"),
            ], ask: ["app"])
        scenario.recipe.platforms = [.amd64, .arm64]
        let resolutions = try scenario.resolver().resolutions(of: scenario.recipe)
        #expect(
            resolutions.explain("lib") == """
                lib 2 (trixie) is in app:1 on linux/amd64, linux/arm64
                  image asks for app
                  app needs lib
                """)
        #expect(
            resolutions.explain("y") == """
                y 1 (trixie) is in app:1 on linux/amd64
                  image asks for app
                  app needs x
                  x needs y
                y is not in app:1 on linux/arm64: nothing in it needs it; did you mean x?
                """)
        #expect(resolutions.map { $0.concerns("y") } == [true, false])
    }

    @Test func `why a package is not there`() throws {
        let scenario = Scenario(
            [package("app", "1", ["Depends": "a | b, x"]), package("a"), package("b"), package("x")], ask: ["app"], exclude: ["x"])
        #expect(try scenario.explain("x") == "x is left out of app:1 on linux/amd64: a test\n  app needs x")
        #expect(try scenario.explain("b") == "b is not in app:1 on linux/amd64\n  app needs a | b: a is taken")
        #expect(try scenario.explain("apq") == "apq is not in app:1 on linux/amd64: nothing in it needs it; did you mean app?")
    }
}
