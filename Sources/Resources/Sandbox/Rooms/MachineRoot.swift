// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc

/// Whether this process is root of the machine: user 0, and every user of the machine is one here as well.
///
/// In a user namespace (rootless containers, `unshare --map-root-user`) user 0 may be the only one there is: it can neither become
/// the users that images run as nor give files to them, and needs a namespace of its own for each, as an ordinary user does.
enum MachineRoot {
    static let isHere = geteuid() == 0 && mapsEverybody(FileManager.default.contents(atPath: "/proc/self/uid_map").map { Array($0) } ?? [])

    /// - Parameter map: user_namespaces(7): lines of first user inside, first user outside, how many.
    static func mapsEverybody(_ map: [UInt8]) -> Bool {
        let fields = String(decoding: map, as: UTF8.self).split { $0 == " " || $0 == "\n" }
        return fields == ["0", "0", "4294967295"]
    }
}
