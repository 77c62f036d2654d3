// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
import Artifacts
import Base
import OCI

/// The configuration of an image that somebody else made: what is odd in it is left out, not refused, since runtimes take it.
struct ForeignConfig {
    private let json: JSON

    init(reading bytes: [UInt8]) throws {
        guard bytes.count <= ImageConfig.limit else {
            throw OCIError.documentTooLarge(kind: "image configuration", limit: ImageConfig.limit, found: bytes.count)
        }
        json = try JSON.parse(bytes, limit: ImageConfig.limit)
        guard json.object != nil else { throw OCIError.malformedDocument(kind: "image configuration", reason: "it is not an object") }
    }

    var platform: String? {
        guard let system = json["os"]?.string, let architecture = json["architecture"]?.string, !system.isEmpty else { return nil }
        return ([system, architecture, json["variant"]?.string].compactMap(\.self)).filter { !$0.isEmpty }.joined(separator: "/")
    }

    var ports: [String] { (json["config"]?["ExposedPorts"]?.object ?? [:]).keys.sorted() }
    var diffIDs: [Digest?] { (json["rootfs"]?["diff_ids"]?.array ?? []).map { $0.string.flatMap { Digest($0) } } }

    /// The commands of the history's entries that stand for a layer.
    var commands: [String?] {
        (json["history"]?.array ?? []).filter { $0["empty_layer"]?.bool != true }.map { entry in
            (entry["created_by"]?.string ?? entry["comment"]?.string).map { String($0.prefix(200)) }
        }
    }

    func subject(_ reference: String) -> ForeignSubject {
        var subject = ForeignSubject(reference: reference)
        let config = json["config"]
        func texts(_ name: String) -> [String] { config?[name]?.array?.compactMap(\.string) ?? [] }
        subject.platform = platform
        subject.created = json["created"]?.string.flatMap { Timestamp(rfc3339: $0) }
        subject.user = config?["User"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        subject.entrypoint = texts("Entrypoint")
        subject.command = texts("Cmd")
        subject.environment = texts("Env").map { String($0.prefix { $0 != "=" }) }.sorted()
        subject.volumes = (config?["Volumes"]?.object ?? [:]).keys.sorted()
        subject.labels = (config?["Labels"]?.object ?? [:]).compactMapValues(\.string)
        return subject
    }
}
