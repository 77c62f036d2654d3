// SPDX-License-Identifier: Apache-2.0

/// What a confined program really cannot do on this machine, found out by running one.
package struct SandboxCapabilities: Sendable, Hashable {
    package enum Backend: String, Sendable, Hashable {
        case crun, bubblewrap
    }
    package var backend: Backend
    /// `read-only-root`, `seccomp`, `memory=2147483648`, `pids=512`, `network=none`, …
    package var enforced: [String]
    /// Wanted and not there, in the same words.
    package var missing: [String]

    package init(backend: Backend, enforced: [String], missing: [String]) {
        self.backend = backend
        self.enforced = enforced
        self.missing = missing
    }

    /// Reads what the probe printed from inside: /proc/self/status, /proc/self/mountinfo, /proc/net/dev and /proc/self/uid_map.
    static func read(_ output: String, user: SandboxUser) -> Set<String> {
        var found: Set<String> = []
        var interfaces: [String] = []
        var bounds: [String] = []
        for line in output.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let first = words.first else { continue }
            switch first {
            case "Uid:" where words.dropFirst().allSatisfy { $0 == String(user.uid) }: found.insert("uid")
            case "Gid:" where words.dropFirst().allSatisfy { $0 == String(user.gid) }: found.insert("gid")
            case "CapEff:", "CapPrm:", "CapBnd:", "CapInh:", "CapAmb:": bounds.append(words.count > 1 ? words[1] : "?")
            case "NoNewPrivs:" where words.last == "1": found.insert("no-new-privileges")
            case "Seccomp:" where words.last == "2": found.insert("seccomp")
            case "NSpid:" where words.last == "1": found.insert("own-processes")
            default:
                if first.hasSuffix(":"), words.count == 17 { interfaces.append(first) }
                // mountinfo(5): id, parent, device, root, mount point, options.
                if words.count > 6, words[4] == "/", Int(first) != nil, words[5].split(separator: ",").contains("ro") {
                    found.insert("read-only-root")
                }
            }
        }
        if bounds.count == 5, bounds.allSatisfy({ $0.allSatisfy { $0 == "0" } }) { found.insert("no-capabilities") }
        if interfaces.allSatisfy({ $0 == "lo:" }) && !interfaces.isEmpty { found.insert("network=none") }
        if found.isSuperset(of: ["uid", "gid"]) { found.insert("own-user") }
        return found.subtracting(["uid", "gid"])
    }
}
