// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// Decides which paths of a package are taken.
struct PathRules {
    private let drops: [(paths: [PathPattern], except: [PathPattern])]

    init(_ rules: [DropRule]) {
        drops = rules.map { ($0.paths.compactMap(PathPattern.init), $0.except.compactMap(PathPattern.init)) }
    }

    func isDropped(_ path: String) -> Bool {
        drops.contains { rule in
            rule.paths.contains { $0.matches(path) } && !rule.except.contains { $0.matches(path) }
        }
    }
}

/// Where a path of a package lies in a root with merged /usr (Debian's layout since bookworm).
enum MergedUsr {
    static let links = ["bin", "lib", "lib64", "sbin"]

    /// `lib/x86_64-linux-gnu/libc.so.6` -> `usr/lib/x86_64-linux-gnu/libc.so.6`; the four links themselves give nil.
    static func place(_ path: String) -> String? {
        for link in links {
            if path == link { return nil }
            if path.hasPrefix(link + "/") { return "usr/" + path }
        }
        return path
    }
}
