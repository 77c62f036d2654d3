// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Foundation

struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Shows what is in any image: packages, programs, shells, secrets, and what could not be read.",
        discussion: """
            NAME:TAG looks into the store, HOST/NAME:TAG into a registry, oci:DIR[:TAG] into an image layout, oci-archive:FILE[:TAG] into a
            tar of one, docker-archive:FILE[:TAG] into what `docker save` wrote, dir:PATH into a root file system; a folder and a .tar file
            may also be named by their paths. Nothing of the image is executed or unpacked to a disk.

            Packages of dpkg, apk, rpm, Python, npm, Go, Java and Rust are read from what these leave in the image. What could not be read
            is listed under "not read": the image may hold more than is shown then. --format json gives every file and package.

            Exit codes: 0 looked at · 64 wrong use · 65 damaged or not an image · 66 no such image in the store · 69 the registry does not
            answer · 77 made to exhaust who reads it

            Example: ashlar inspect oci:python:3.13 --packages
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "NAME:TAG, HOST/NAME:TAG, oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:TAG], dir:PATH, or a path.")
    var reference: String
    @Option(help: "The platform to look at, such as linux/arm64; this machine's by default.") var platform: String?
    @Flag(help: "List every package, not only how many there are.") var packages = false
    @Option(help: "table or json.") var format = OutputFormat.table

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let inspection = ImageInspection(
                settings: try Settings(options, environment: environment), environment: environment, platform: platform)
            let inventory = try await inspection.inventory(reference)
            switch format {
            case .table: print(InspectOutput(inventory: inventory, listsPackages: packages).text)
            case .json: print(String(decoding: try CanonicalJSON.value(of: inventory).prettyBytes, as: UTF8.self), terminator: "")
            }
        }
    }
}
