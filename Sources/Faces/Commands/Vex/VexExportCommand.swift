// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Blobs
import Foundation
import Pipeline
import Records

struct VexExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes the statements that hold into a folder, for scanners and for portals.",
        discussion: """
            Formats: openvex, one document for each digest (Trivy and Grype: --vex FILE) · repository, a VEX repository 0.1
            (Trivy: --vex repo) · csaf, CSAF 2.0 with provider-metadata.json · cyclonedx, documents that point into the SBOMs.

            Example: ashlar vex export --format repository --address https://vex.example.org public
            """)
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case openvex, csaf, cyclonedx, repository
    }

    @OptionGroup var options: GlobalOptions
    @Option(help: "openvex, repository, csaf or cyclonedx.") var format: Format
    @Option(help: "Where the folder will be served: https://HOST. Needed for csaf and repository.") var address: String?
    @Option(help: "An image as NAME:STREAM; all published images when left out.") var image: String?
    @Argument(help: "A folder that does not exist yet, or is empty.") var folder: String

    func run() async throws {
        try await reporting {
            let desk = try VexDesk(options)
            guard let format = VEXExport.Format(rawValue: format.rawValue) else { return }
            let address = try served()
            let checks = try desk.checks(image)
            let records = try RecordStore(folder: desk.settings.store, access: .readOnly)
            let blobs = try FileBlobStore(folder: desk.settings.store, access: .readOnly)
            let author = desk.settings.imprint.producer ?? "the publisher of this catalog"
            let export = VEXExport(author: author, version: Version.text, now: desk.now)
            let files = try await export.files(format, of: checks, address: address) { check in
                LocalRepository(String(check.reference.prefix { $0 != ":" }), blobs: blobs, records: records)
            }
            if let found = try? FileManager.default.contentsOfDirectory(atPath: folder), !found.isEmpty {
                throw CommandError.cannotWrite(folder, reason: "it is not empty")
            }
            try CatalogFolder(path: folder).writeAll(files)
            let left = checks.flatMap(\.lines).count { $0.verdict == .refuted || $0.verdict == .expired }
            print("\(files.count) file\(files.count == 1 ? "" : "s") in \(folder)")
            if left > 0 {
                print(
                    "\(left) statement\(left == 1 ? " does" : "s do") not hold and \(left == 1 ? "is" : "are") not in them: `ashlar vex check`"
                )
            }
        }
    }

    private func served() throws -> String {
        guard format == .csaf || format == .repository else { return address ?? "" }
        guard let address else {
            throw CommandError.needed("--address, since the files say where they are served", example: "--address https://vex.example.org")
        }
        guard address.hasPrefix("https://"), address.utf8.count > 8 else {
            throw CommandError.badValue("--address", reason: "expected an https address, found \(address)")
        }
        return address.hasSuffix("/") ? String(address.dropLast()) : address
    }
}
