// SPDX-License-Identifier: Apache-2.0
import CProcess
import Foundation
import Glibc

/// Gives up what a signer does not need, for as long as the process lives.
package enum Confinement {
    /// A user of this machine.
    package struct User: Hashable, Sendable {
        package var name: String
        package var uid: UInt32
        package var gid: UInt32
    }

    /// The user of a name; nil when there is none.
    package static func user(named name: String) -> User? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 65536)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return User(name: name, uid: entry.pw_uid, gid: entry.pw_gid)
    }

    package static func group(named name: String) -> UInt32? {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: 65536)
        guard getgrnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return entry.gr_gid
    }

    /// From here on no program that this process starts gains rights. Called before there is a second thread, since the kernel
    /// keeps it for each.
    package static func forbidNewPrivileges() throws(SigningError) {
        guard ashlar_forbid_new_privileges() == 0 else { throw .notConfined(reason: "no_new_privs: \(reason(errno))") }
    }

    /// Becomes a user for good; root's rights cannot be had back.
    ///
    /// Every thread has to: one that the C library has forgotten, as the first thread of a program with an asynchronous main,
    /// would stay root.
    package static func become(_ user: User) throws(SigningError) {
        guard user.uid != 0 else { throw .notConfined(reason: "the user \(user.name) is root") }
        var groups = [user.gid]
        guard setgroups(1, &groups) == 0, setgid(user.gid) == 0, setuid(user.uid) == 0 else {
            throw .notConfined(reason: "becoming \(user.name): \(reason(errno))")
        }
        guard getuid() == user.uid, geteuid() == user.uid, getegid() == user.gid, setuid(0) != 0, seteuid(0) != 0 else {
            throw .notConfined(reason: "after becoming \(user.name) root could be had back")
        }
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        guard !threads.isEmpty else { throw .notConfined(reason: "/proc does not show whether every thread became \(user.name)") }
        for thread in threads {
            let status = (try? String(contentsOfFile: "/proc/self/task/\(thread)/status", encoding: .utf8)) ?? ""
            let ids = status.split(separator: "\n").first { $0.hasPrefix("Uid:") }?.split(separator: "\t").dropFirst() ?? []
            guard !ids.isEmpty, ids.allSatisfy({ $0 == "\(user.uid)" }) else {
                throw .notConfined(reason: "the thread \(thread) did not become \(user.name)")
            }
        }
    }

    /// No core file, no debugger, no program with more rights; a full disk or a closed connection is an error and not a signal.
    package static func harden() throws(SigningError) {
        for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
        umask(0o077)
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        guard setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0 else {
            throw .notConfined(reason: "core files: \(reason(errno))")
        }
        try forbidNewPrivileges()
        // Last: changing the user sets it anew.
        guard ashlar_forbid_dumps() == 0, ashlar_may_be_dumped() == 0 else { throw .notConfined(reason: "dumps: \(reason(errno))") }
    }
}
