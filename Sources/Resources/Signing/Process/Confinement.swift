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

    /// Becomes a user for good; root's rights cannot be had back.
    package static func become(_ user: User) throws(SigningError) {
        guard user.uid != 0 else { throw .notConfined(reason: "the user \(user.name) is root") }
        var groups = [user.gid]
        guard setgroups(1, &groups) == 0, setgid(user.gid) == 0, setuid(user.uid) == 0 else {
            throw .notConfined(reason: "becoming \(user.name): \(reason(errno))")
        }
        guard getuid() == user.uid, geteuid() == user.uid, getegid() == user.gid, setuid(0) != 0, seteuid(0) != 0 else {
            throw .notConfined(reason: "after becoming \(user.name) root could be had back")
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
        guard ashlar_forbid_new_privileges() == 0 else { throw .notConfined(reason: "no_new_privs: \(reason(errno))") }
        // Last: changing the user sets it anew.
        guard ashlar_forbid_dumps() == 0, ashlar_may_be_dumped() == 0 else { throw .notConfined(reason: "dumps: \(reason(errno))") }
    }
}
