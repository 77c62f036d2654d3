// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Blobs
import Foundation
import Pipeline
import Publish
import Records
import Transport

struct PushCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push", abstract: "Copies a release with all its evidence to another OCI registry, or into an image layout.",
        discussion: """
            Referrers and the legacy signature tags go with it, and the inputs it was built from unless they are left behind. What
             others pushed to it stays here: their tags always, what they attached unless it is asked for.
             Credentials come from ASHLAR_REGISTRY_USER and ASHLAR_REGISTRY_PASSWORD.

            Example: ashlar push python:3.13 registry.example/hardened/python
            Example: ashlar push python:3.13 oci:/media/usb/python
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "An image as NAME:STREAM, NAME:TAG or NAME@DIGEST.") var image: String
    @Argument(help: "REGISTRY/REPOSITORY, http:// in front for a registry without TLS; or oci:DIR for an image layout in a new folder.")
    var destination: String
    @Flag(help: "Leave behind the packages, indexes, lock and recipe it was built from.") var withoutSources = false
    @Flag(help: "Take along what others attached to it, such as signatures of their own, where all of it is here.")
    var withForeign = false

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            let records = try RecordStore(folder: settings.store, access: .readOnly)
            let blobs = try FileBlobStore(folder: settings.store, access: .readOnly)
            let release = try Published.find(image, in: records)
            let local = LocalRepository(release.repository, blobs: blobs, records: records)
            let publication = try local.publication(
                of: release, sources: withoutSources ? .leftBehind : .taken, foreign: withForeign ? .taken : .leftBehind)
            if destination.hasPrefix("oci:") {
                let folder = String(destination.dropFirst(4))
                try LayoutWriter(folder: folder).write(publication, from: blobs)
                return print("wrote \(release.repository):\(release.stream) with all its evidence to \(folder)")
            }
            let summary = try await LiveTransport.with(try Network.settings(environment)) { transport in
                let remote = try Remote(destination, transport: transport, environment: environment)
                return try await remote.client.push(publication, to: remote.repository, from: blobs)
            }
            print(
                "pushed \(release.repository):\(release.stream) to \(destination): \(summary.manifests) manifests, \(summary.tags) tags, "
                    + "\(summary.blobsSent) blobs sent (\(Size.text(summary.bytesSent))), \(summary.blobsPresent) there already")
        }
    }
}
