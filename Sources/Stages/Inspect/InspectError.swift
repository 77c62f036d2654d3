// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why an image could not be looked at.
package enum InspectError: Diagnosable, Hashable {
    case unreadableLayer(number: Int, reason: String)
    case tooLarge(number: Int, packed: Int, limit: Int)
    case tooMany(what: String, limit: Int)
    case malformed(what: String, reason: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .unreadableLayer(let number, let reason):
            Diagnosis(
                "inspect.unreadable-layer", .malformed, "the layer \(number + 1) of the image cannot be read: \(reason)",
                remedy: "fetch the image again; a container of it would not start either, and what it holds is unknown")
        case .tooLarge(let number, let packed, let limit):
            Diagnosis(
                "inspect.too-large", .policy,
                "the layer \(number + 1) has \(packed) bytes and unpacks to more than \(limit): it is made to fill disks",
                remedy: "do not run this image; look at the layer's tar by hand if you trust who made it")
        case .tooMany(let what, let limit):
            Diagnosis(
                "inspect.too-many", .policy, "expected at most \(limit) \(what) in an image, found more",
                remedy: "do not run this image before somebody looked at it; no image that people use is as large")
        case .malformed(let what, let reason):
            Diagnosis(
                "inspect.malformed", .malformed, "expected \(what), found \(reason)",
                remedy: "write the image again with the program it came from, or fetch it again")
        }
    }
}
