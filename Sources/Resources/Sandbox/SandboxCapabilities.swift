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

    /// Reads what the probe printed from inside: /proc/self/status, mountinfo, limits and uid_map, and /proc/net/dev.
    ///
    /// `outside` is the uid_map of this program: one that is the same is no namespace of the job's own.
    static func read(_ output: String, job: SandboxJob, outside: String) -> Set<String> {
        let user = job.user
        var users: [[String]] = []
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
            case "Max" where words.starts(with: ["Max", "processes", String(job.processes)]):
                found.insert("processes-per-user=\(job.processes)")
            default:
                if words.count == 3, words.allSatisfy({ Int($0) != nil }) { users.append(words) }
                if first.hasSuffix(":"), words.count == 17 { interfaces.append(first) }
                // mountinfo(5): id, parent, device, root, mount point, options.
                if words.count > 6, words[4] == "/", Int(first) != nil, words[5].split(separator: ",").contains("ro") {
                    found.insert("read-only-root")
                }
                // After a dash: type, source, options of the file system.
                if words.count > 6, words[4] == "/sys", words[5].split(separator: ",").contains("ro"),
                    let dash = words.firstIndex(of: "-"), words[(dash + 1)...].first == "sysfs"
                {
                    found.insert("sysfs")
                }
            }
        }
        if bounds.count == 5, bounds.allSatisfy({ $0.allSatisfy { $0 == "0" } }) { found.insert("no-capabilities") }
        if interfaces.allSatisfy({ $0 == "lo:" }) && !interfaces.isEmpty { found.insert("network=none") }
        if !users.isEmpty, users != uidMap(outside) { found.insert("user-namespace") }
        if found.isSuperset(of: ["uid", "gid"]) { found.insert("own-user") }
        return found.subtracting(["uid", "gid"])
    }

    // user_namespaces(7): the first number inside, the first outside, how many.
    private static func uidMap(_ text: String) -> [[String]] {
        text.split(whereSeparator: \.isNewline).map { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
    }
}
