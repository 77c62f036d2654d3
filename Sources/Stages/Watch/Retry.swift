// SPDX-License-Identifier: Apache-2.0
import Base

/// When something is tried or asked again: ever later after failures, and never all at the same moment.
package enum Retry {
    /// Seconds after the first failure, and the most there are between two tries.
    package static let first = 600
    package static let longest = 86400

    /// Seconds to wait after so many failures in a row: doubled with each, up to a day, give or take a fifth.
    ///
    /// - Parameter name: Of what is tried; spreads several over the time, the same way each time.
    package static func pause(after failures: Int, of name: String, first: Int = first, longest: Int = longest) -> Int {
        let doubled = min(longest, first << min(max(0, failures - 1), 20))
        return spread(doubled, by: 20, name: "\(name) \(failures)")
    }

    /// A time give or take so many percent, by a name.
    package static func spread(_ seconds: Int, by percent: Int, name: String) -> Int {
        let byte = Digest.sha256(of: name).bytes.first.map(Int.init) ?? 128
        return max(1, seconds + seconds * percent * (byte - 128) / 12800)
    }
}
