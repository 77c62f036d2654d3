// SPDX-License-Identifier: Apache-2.0
import Base

/// Reads JSON documents, bounded, with this module's errors.
enum DocumentReader {
    static func json(_ bytes: [UInt8], kind: String, limit: Int) throws(SigstoreError) -> JSON {
        guard bytes.count <= limit else { throw .documentTooLarge(kind: kind, limit: limit, found: bytes.count) }
        do throws(JSONError) {
            return try JSON.parse(bytes, limit: limit)
        } catch {
            throw .malformedDocument(kind: kind, reason: error.diagnosis.summary)
        }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, kind: String, from json: JSON) throws(SigstoreError) -> Value {
        do {
            return try CanonicalJSON.decode(type, from: json)
        } catch let error as any Diagnosable {
            throw .malformedDocument(kind: kind, reason: error.diagnosis.summary)
        } catch {
            throw .malformedDocument(kind: kind, reason: "it cannot be read")
        }
    }

    /// Refuses members that are not in the list, as strict protobuf JSON readers do.
    static func allow(_ members: Set<String>, in json: JSON?, kind: String) throws(SigstoreError) {
        guard let json else { return }
        guard let object = json.object else { throw .malformedDocument(kind: kind, reason: "it is not an object") }
        if let unknown = object.keys.sorted().first(where: { !members.contains($0) }) {
            throw .unknownMember(kind: kind, member: unknown)
        }
    }
}
