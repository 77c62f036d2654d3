// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a line could not be kept.
package enum JournalError: Diagnosable, Equatable {
    case cannotWrite(path: String, reason: String)
    case lineTooLong(path: String, limit: Int)

    package var diagnosis: Diagnosis {
        switch self {
        case .cannotWrite(let path, let reason):
            Diagnosis(
                "journal.cannot-write", .unavailable, "expected to append to \(path), found \(reason)",
                remedy: "check the folder's owner, mode and free space")
        case .lineTooLong(let path, let limit):
            Diagnosis(
                "journal.line-too-long", .internalFault, "expected lines of at most \(limit) bytes in \(path), found a longer one",
                remedy: "report this as a bug")
        }
    }
}
