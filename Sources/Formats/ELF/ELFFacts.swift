// SPDX-License-Identifier: Apache-2.0

/// What the dynamic linker, a scanner and a hardening rule want to know of one ELF file (System V ABI, gABI chapters 4 and 5).
package struct ELFFacts: Hashable, Sendable, Codable {
    /// `amd64`, `arm64`, `armhf`, `ppc64el`, `riscv64`, `s390x`, or `other-<e_machine>`.
    package var machine: String
    /// `executable` (ET_EXEC or ET_DYN with an interpreter), `library`, `object`, `core`.
    package var kind: String
    /// PT_INTERP; nil for static programs and libraries.
    package var interpreter: String?
    /// DT_SONAME.
    package var soname: String?
    /// DT_NEEDED in order.
    package var needed: [String]
    /// DT_RUNPATH, else DT_RPATH, split at colons.
    package var runPath: [String]
    /// GNU build id in hexadecimal.
    package var buildID: String?
    /// Hardening: `pie`, `relro`, `bind-now`, `executable-stack`, `text-relocations`; sorted.
    package var flags: [String]

    package init(
        machine: String, kind: String, interpreter: String? = nil, soname: String? = nil, needed: [String] = [],
        runPath: [String] = [], buildID: String? = nil, flags: [String] = []
    ) {
        self.machine = machine
        self.kind = kind
        self.interpreter = interpreter
        self.soname = soname
        self.needed = needed
        self.runPath = runPath
        self.buildID = buildID
        self.flags = flags
    }
}
