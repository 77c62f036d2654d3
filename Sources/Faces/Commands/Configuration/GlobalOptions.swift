// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Where things are; every command takes these.
struct GlobalOptions: ParsableArguments {
    @Option(help: "The catalog's folder.", completion: .directory)
    var catalog: String?
    @Option(help: "The store's folder.", completion: .directory)
    var store: String?
    @Option(help: "The folder of the signing keys.", completion: .directory)
    var keys: String?
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}
