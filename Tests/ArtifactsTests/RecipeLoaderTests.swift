// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Testing

@Suite struct RecipeLoaderTests {
    @Test func `a recipe is laid over its profiles`() throws {
        let recipe = try Sample.loader().recipe("python:3.13")
        #expect(recipe.title == "Python 3.13")
        #expect(recipe.summary == "The Python interpreter")
        #expect(recipe.licence == "PSF-2.0")
        #expect(recipe.suite == "trixie")
        #expect(recipe.platforms == [.amd64, .arm64])
        #expect(recipe.version == .package("python3.13-minimal"))
        #expect(recipe.layers.map(\.origin) == ["profile:base", "profile:tls", "image"])
        #expect(recipe.layers[1].packages[1].only == ["usr/lib/ssl/cert.pem", "etc/ssl/openssl.cnf"])
        #expect(recipe.exclusions.map(\.package) == ["perl-base", "media-types"])
        #expect(
            recipe.steps == [
                .usrMerge, .accounts, .caBundle, .phpModules(version: "8.4", interfaces: ["cli", "fpm"]),
                .copyrightFrom(package: "gcc-14-base"),
            ])
        #expect(recipe.environment == ["LANG": "C.UTF-8", "MODE": "image"])
        #expect(recipe.annotations.count == 2)
        #expect(recipe.writable == ["/tmp", "/var/lib/app"])
        #expect(recipe.files[0] == RecipeFile(path: "etc/app.conf", content: "listen {triplet};\n"))
        #expect(recipe.files[1].mode == 0o640)
        #expect(recipe.files[1].uid == 65532)
        #expect(recipe.directories == [RecipeDirectory(path: "var/lib/app", mode: 0o770, uid: 65532, gid: 0)])
        #expect(recipe.links == ["usr/bin/python3": "python3.13"])
        #expect(recipe.helpers == ["noshell", "start"])
        #expect(recipe.dates == Dates(release: "2024-10-07", endOfLife: "2029-10-31"))
        #expect(recipe.compression == .zstd)
    }

    @Test func `a variant comes after the image with its profile in between`() throws {
        let recipe = try Sample.loader().recipe("python:3.13-dev")
        #expect(recipe.layers.map(\.origin) == ["profile:base", "profile:tls", "image", "profile:dev", "variant:dev"])
        #expect(recipe.variant == "dev")
        #expect(recipe.contract.map(\.name) == ["imports its C modules", "sees its C library", "installs"])
        #expect(recipe.contract[0].run == ["python3.13", "-c", "import pip"])
    }

    @Test func `a variant may drop a test of its recipe, and test as root`() throws {
        let dev = try Sample.loader().recipe("python:3.13-dev")
        #expect(!dev.contract.contains { $0.name == "answers" })
        #expect(dev.contract.last?.users == .root)
        #expect(try Sample.loader().recipe("python:3.13").contract.contains { $0.name == "answers" })
    }

    @Test func `a probe takes the place of a command`() throws {
        let test = try Sample.loader().recipe("python:3.13").contract[1]
        #expect(test.probe == .dynamic)
        #expect(test.run.isEmpty)
        #expect(test.users == .both)
    }

    @Test func `asking for a package lifts an exclusion from below`() throws {
        let recipe = try Sample.loader().recipe("python:3.13-dev")
        #expect(recipe.exclusions.map(\.package) == ["media-types"])
        #expect(recipe.layers.filter { !$0.lifts.isEmpty }.map { "\($0.origin) \($0.lifts)" } == ["profile:dev [\"perl-base\"]"])
    }

    @Test func `a conversation keeps its order and its bytes`() throws {
        let test = try #require(try Sample.loader().recipe("python:3.13").contract.last)
        #expect(test.arguments == ["-m", "http.server"])
        #expect(test.expect.exit == 143)
        #expect(
            test.server
                == ServerTest(
                    steps: [
                        .http(port: 8080, path: "/healthz", status: 204, contains: ["ok"]),
                        .tcp(port: 6379, send: Array("PING\r\n".utf8), contains: ["PONG"]),
                        .binary(transport: .udp, port: 5353, send: [0, 255], contains: [[0x61], [0xC0, 0xA8], [0, 1]]),
                        .fastcgi(port: 9000, parameters: ["SCRIPT_NAME": "/ping"], contains: ["pong"]),
                        .exec(command: ["/usr/bin/x"], environment: ["X": "1"], expect: Expectation(exit: nil)), .restart,
                        .kill(whenExists: nil), .kill(whenExists: "/var/lib/{arch}.new"),
                    ], readyWithinSeconds: 20, stopsWithinSeconds: 5))
    }

    @Test func `a text may stand for a list of one`() throws {
        let test = try #require(try Sample.loader().recipe("python:3.13").contract.first)
        #expect(test.expect == Expectation(exit: 0, stdout: ["one"], absent: ["Traceback", "error"]))
        #expect(test.users == .nonroot)
        #expect(test.timeoutSeconds == 10)
        #expect(test.input == "text")
        #expect(test.files == ["/run/secrets/password": "x"])
    }

    @Test func `a recipe is resolved for a platform`() throws {
        let recipe = try Sample.loader().recipe("python:3.13").resolved(for: .arm64)
        #expect(recipe.entrypoint == ["/usr/lib/aarch64-linux-gnu/python3.13"])
        #expect(recipe.libraryDirectories == ["usr/lib/jvm/java-21-openjdk-arm64/lib/server"])
        #expect(recipe.files.map(\.path) == ["etc/app.conf", "etc/aarch64-linux-gnu/x.conf"])
        #expect(recipe.files.map(\.content) == ["listen aarch64-linux-gnu;\n", "a: arm64 ${arch}"])
        #expect(recipe.exceptions[0].paths == ["usr/lib/{arch,x}/a"])
        #expect(recipe.contract.last?.server?.steps.last == .kill(whenExists: "/var/lib/arm64.new"))
        #expect(recipe.start == ["mkdir 0700 ${DATA}", "exec /usr/bin/python3.13"])
    }

    @Test func `a recipe is canonical JSON and back, without the places it was read from`() throws {
        for recipe in try Sample.loader().catalog().recipes() {
            let bytes = try CanonicalJSON.encode(recipe)
            let read = try CanonicalJSON.decode(Recipe.self, from: bytes)
            #expect(read == recipe)
            #expect(!recipe.places.requests.isEmpty && read.places.requests.isEmpty)
            #expect(try !String(decoding: CanonicalJSON.encode(recipe), as: UTF8.self).contains("places"))
        }
    }
}
