// SPDX-License-Identifier: Apache-2.0
import Base

/// Reads the JSON documents of the specification: bounded, tolerant of members it does not know.
enum DocumentReader {
    static func read<Value: Decodable>(_ type: Value.Type, kind: String, from bytes: [UInt8], limit: Int) throws(OCIError) -> (Value, JSON)
    {
        guard bytes.count <= limit else { throw .documentTooLarge(kind: kind, limit: limit, found: bytes.count) }
        do {
            let json = try JSON.parse(bytes, limit: limit)
            return (try CanonicalJSON.decode(type, from: json), json)
        } catch let error as any Diagnosable {
            throw .malformedDocument(kind: kind, reason: error.diagnosis.summary)
        } catch {
            throw .malformedDocument(kind: kind, reason: "it cannot be read")
        }
    }

    /// Refuses a document that another reader could take for something else: CVE-2021-41190.
    static func refuse(members: [String], of json: JSON, kind: String) throws(OCIError) {
        for member in members where json[member] != nil {
            throw .malformedDocument(kind: kind, reason: "it has the member '\(member)', which belongs to another kind of document")
        }
    }

    static func check(schemaVersion: Int, kind: String) throws(OCIError) {
        guard schemaVersion == 2 else { throw .malformedDocument(kind: kind, reason: "schemaVersion is \(schemaVersion), not 2") }
    }

    static func check(_ descriptors: [Descriptor], kind: String) throws(OCIError) {
        for descriptor in descriptors where descriptor.size < 0 {
            throw .malformedDocument(kind: kind, reason: "the size of \(descriptor.digest) is negative")
        }
    }
}
