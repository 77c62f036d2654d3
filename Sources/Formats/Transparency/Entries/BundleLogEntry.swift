// SPDX-License-Identifier: Apache-2.0
// https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_rekor.proto
package import Base

/// An entry with its proof as a member of a Sigstore bundle's `tlogEntries`: protobuf JSON, where 64-bit numbers are strings.
package struct BundleLogEntry: Hashable, Sendable {
    package var entry: RekorEntry
    package var inclusion: LogInclusion

    private static let kind = "bundle's log entry"

    package init(entry: RekorEntry, inclusion: LogInclusion) {
        self.entry = entry
        self.inclusion = inclusion
    }

    /// Reads a member as strictly as protobuf JSON. Nobody has vouched for it: see `InclusionVerifier`.
    package init(json: JSON) throws(TransparencyError) {
        func malformed(_ reason: String) -> TransparencyError { .malformed(kind: Self.kind, reason: reason) }
        func bytes(_ json: JSON?, _ name: String) throws(TransparencyError) -> [UInt8] {
            guard let bytes = json?.string.flatMap({ Base64.decode($0) }) else { throw malformed("\(name) is not base64") }
            return bytes
        }
        func number(_ json: JSON?, _ name: String) throws(TransparencyError) -> Int {
            // Protobuf leaves out a zero.
            guard let json else { return 0 }
            guard let number = json.string.flatMap({ Decimal.read($0) }) else { throw malformed("\(name) is not a number in a string") }
            return number
        }
        try Self.allow(["logIndex", "logId", "kindVersion", "inclusionProof", "canonicalizedBody"], in: json)
        try Self.allow(["keyId"], in: json["logId"])
        try Self.allow(["kind", "version"], in: json["kindVersion"])
        guard let proof = json["inclusionProof"] else { throw malformed("inclusionProof is missing") }
        try Self.allow(["logIndex", "rootHash", "treeSize", "hashes", "checkpoint"], in: proof)
        try Self.allow(["envelope"], in: proof["checkpoint"])
        entry = try RekorEntry(reading: bytes(json["canonicalizedBody"], "canonicalizedBody"))
        guard json["kindVersion"]?["kind"]?.string == entry.kind.rawValue, json["kindVersion"]?["version"]?.string == RekorEntry.version
        else { throw malformed("kindVersion is not that of the body") }
        let index = try number(json["logIndex"], "logIndex")
        guard index == (try number(proof["logIndex"], "inclusionProof.logIndex")) else { throw malformed("it has two indexes") }
        guard let root = Digest(hashBytes: try bytes(proof["rootHash"], "rootHash")) else { throw malformed("rootHash is not 32 bytes") }
        let listed = proof["hashes"]?.array ?? []
        guard listed.count <= 63 else { throw malformed("it has \(listed.count) hashes") }
        var hashes: [Digest] = []
        for item in listed {
            guard let hash = Digest(hashBytes: try bytes(item, "a hash")) else { throw malformed("a hash is not 32 bytes") }
            hashes.append(hash)
        }
        guard let checkpoint = proof["checkpoint"]?["envelope"]?.string else { throw malformed("checkpoint.envelope is missing") }
        let logID = try bytes(json["logId"]?["keyId"], "logId.keyId")
        guard logID.count <= 64 else { throw malformed("logId.keyId has \(logID.count) bytes") }
        inclusion = LogInclusion(
            index: index, treeSize: try number(proof["treeSize"], "treeSize"), hashes: hashes, root: root,
            checkpoint: Array(checkpoint.utf8), logID: logID)
    }

    package var json: JSON {
        [
            "logIndex": .string("\(inclusion.index)"), "logId": ["keyId": .string(Base64.encode(inclusion.logID))],
            "kindVersion": ["kind": .string(entry.kind.rawValue), "version": .string(RekorEntry.version)],
            "canonicalizedBody": .string(Base64.encode(entry.body)),
            "inclusionProof": [
                "logIndex": .string("\(inclusion.index)"), "rootHash": .string(Base64.encode(inclusion.root.bytes)),
                "treeSize": .string("\(inclusion.treeSize)"),
                "hashes": .array(inclusion.hashes.map { .string(Base64.encode($0.bytes)) }),
                "checkpoint": ["envelope": .string(String(decoding: inclusion.checkpoint, as: UTF8.self))],
            ],
        ]
    }

    private static func allow(_ members: Set<String>, in json: JSON?) throws(TransparencyError) {
        guard let object = json?.object else { throw .malformed(kind: kind, reason: "a member is missing or not an object") }
        if let unknown = object.keys.sorted().first(where: { !members.contains($0) }) {
            throw .malformed(kind: kind, reason: "the member '\(unknown.prefix(80))' is not known")
        }
    }
}
