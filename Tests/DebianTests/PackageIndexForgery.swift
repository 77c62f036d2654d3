// SPDX-License-Identifier: Apache-2.0
@testable import Debian

/// Makes a changed index pass its checksum.
enum PackageIndexForgery {
    static func checksum(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { PackageIndexLayout.checksum($0) } }
}
