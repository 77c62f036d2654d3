// SPDX-License-Identifier: Apache-2.0
package import OCI

extension Recipe {
    /// The recipe for one platform: `{arch}` and `{triplet}` are Debian's names of it wherever a path, a word of a command or a
    /// text of a file holds them. A choice such as `{a,b}` in a pattern and a variable such as `${arch}` stay as they are.
    package func resolved(for platform: Platform) -> Recipe {
        let filler = Filler(arch: platform.debian, triplet: platform.triplet)
        var recipe = self
        recipe.layers = layers.map { layer in
            LayerContents(
                origin: layer.origin,
                packages: layer.packages.map { .init(package: $0.package, only: $0.only.map(filler.all), reason: $0.reason) },
                lifts: layer.lifts)
        }
        recipe.drops = drops.map { .init(paths: filler.all($0.paths), except: filler.all($0.except), reason: $0.reason) }
        recipe.exceptions = exceptions.map { .init(rule: $0.rule, paths: filler.all($0.paths), reason: $0.reason) }
        recipe.users = users.map { .init(name: $0.name, uid: $0.uid, gid: $0.gid, home: filler.one($0.home)) }
        recipe.files = files.map { file in
            var file = file
            file.path = filler.one(file.path)
            file.content = filler.one(file.content)
            return file
        }
        recipe.directories = directories.map { .init(path: filler.one($0.path), mode: $0.mode, uid: $0.uid, gid: $0.gid) }
        recipe.links = Dictionary(
            links.sorted { $0.key < $1.key }.map { (filler.one($0.key), filler.one($0.value)) }, uniquingKeysWith: { first, _ in first })
        recipe.start = filler.all(start)
        recipe.environment = filler.values(environment)
        recipe.volumes = filler.all(volumes)
        recipe.writable = filler.all(writable)
        recipe.entrypoint = filler.all(entrypoint)
        recipe.command = filler.all(command)
        recipe.workingDirectory = filler.one(workingDirectory)
        recipe.libraryDirectories = filler.all(libraryDirectories)
        recipe.contract = contract.map(filler.test)
        return recipe
    }
}

private struct Filler {
    let arch: String
    let triplet: String

    func one(_ text: String) -> String { PlaceholderText.fill(text, arch: arch, triplet: triplet) }
    func all(_ texts: [String]) -> [String] { texts.map(one) }
    func values(_ texts: [String: String]) -> [String: String] { texts.mapValues(one) }

    func test(_ test: ContractTest) -> ContractTest {
        var test = test
        test.run = all(test.run)
        test.arguments = all(test.arguments)
        test.environment = values(test.environment)
        test.files = Dictionary(test.files.sorted { $0.key < $1.key }.map { (one($0.key), one($0.value)) }, uniquingKeysWith: { $1 })
        test.expect = expectation(test.expect)
        test.server = test.server.map { server in
            var server = server
            server.steps = server.steps.map(step)
            return server
        }
        return test
    }

    private func expectation(_ expect: Expectation) -> Expectation {
        Expectation(exit: expect.exit, stdout: all(expect.stdout), stderr: all(expect.stderr), absent: all(expect.absent))
    }

    private func step(_ step: ServerStep) -> ServerStep {
        switch step {
        case .exec(let command, let environment, let expect):
            .exec(command: all(command), environment: values(environment), expect: expectation(expect))
        case .fastcgi(let port, let parameters, let contains):
            .fastcgi(port: port, parameters: values(parameters), contains: contains)
        case .kill(let path): .kill(whenExists: path.map(one))
        case .http, .tcp, .udp, .binary, .restart: step
        }
    }
}
