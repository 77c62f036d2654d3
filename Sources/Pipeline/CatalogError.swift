// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why the folder of a catalog cannot be read or written.
package enum CatalogError: Diagnosable, Equatable {
    /// There is no such folder at all.
    case missing(folder: String)
    case cannotRead(path: String, reason: String)
    case cannotWrite(path: String, reason: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .missing(let folder):
            Diagnosis(
                "pipeline.no-catalog", .notFound, "expected the folder of a catalog, found no \(folder)",
                remedy:
                    "run in the folder that holds it, or name it: --catalog <folder>; a new one begins as a copy of the folders catalog, helpers"
                    + " and feeds of Ashlar's repository. `ashlar serve`, `verify` and `push` need none")
        case .cannotRead(let path, let reason):
            Diagnosis(
                "pipeline.cannot-read", .notFound, "could not read \(path): \(reason)",
                remedy: "restore it from version control, or mend its owner and mode")
        case .cannotWrite(let path, let reason):
            Diagnosis(
                "pipeline.cannot-write", .unavailable, "could not write \(path): \(reason)",
                remedy: "mend the owner and mode of the catalog's folder, or make room on its disk")
        }
    }
}
