// SPDX-License-Identifier: Apache-2.0

/// A system call that no confined program may make, with its number on the machines that can be hosts.
struct DeniedCall: Sendable {
    let name: String
    let amd64: UInt32?
    let arm64: UInt32?
    init(_ name: String, amd64: UInt32?, arm64: UInt32?) {
        self.name = name
        self.amd64 = amd64
        self.arm64 = arm64
    }

    /// What container engines deny to unprivileged containers too: mounting, other namespaces, modules, keys, tracing and memory of
    /// others, files by handle, io_uring, the clock. Numbers: asm/unistd_64.h and asm-generic/unistd.h of Linux.
    static let all: [DeniedCall] = [
        .init("acct", amd64: 163, arm64: 89),
        .init("add_key", amd64: 248, arm64: 217),
        .init("bpf", amd64: 321, arm64: 280),
        .init("chroot", amd64: 161, arm64: 51),
        .init("clock_adjtime", amd64: 305, arm64: 266),
        .init("clock_settime", amd64: 227, arm64: 112),
        .init("create_module", amd64: 174, arm64: nil),
        .init("delete_module", amd64: 176, arm64: 106),
        .init("fanotify_init", amd64: 300, arm64: 262),
        .init("finit_module", amd64: 313, arm64: 273),
        .init("fsconfig", amd64: 431, arm64: 431),
        .init("fsmount", amd64: 432, arm64: 432),
        .init("fsopen", amd64: 430, arm64: 430),
        .init("fspick", amd64: 433, arm64: 433),
        .init("get_mempolicy", amd64: 239, arm64: 236),
        .init("init_module", amd64: 175, arm64: 105),
        .init("io_uring_enter", amd64: 426, arm64: 426),
        .init("io_uring_register", amd64: 427, arm64: 427),
        .init("io_uring_setup", amd64: 425, arm64: 425),
        .init("ioperm", amd64: 173, arm64: nil),
        .init("iopl", amd64: 172, arm64: nil),
        .init("kcmp", amd64: 312, arm64: 272),
        .init("kexec_file_load", amd64: 320, arm64: 294),
        .init("kexec_load", amd64: 246, arm64: 104),
        .init("keyctl", amd64: 250, arm64: 219),
        .init("listmount", amd64: 458, arm64: 458),
        .init("lookup_dcookie", amd64: 212, arm64: 18),
        .init("mbind", amd64: 237, arm64: 235),
        .init("migrate_pages", amd64: 256, arm64: 238),
        .init("mount", amd64: 165, arm64: 40),
        .init("mount_setattr", amd64: 442, arm64: 442),
        .init("move_mount", amd64: 429, arm64: 429),
        .init("move_pages", amd64: 279, arm64: 239),
        .init("name_to_handle_at", amd64: 303, arm64: 264),
        .init("nfsservctl", amd64: 180, arm64: 42),
        .init("open_by_handle_at", amd64: 304, arm64: 265),
        .init("open_tree", amd64: 428, arm64: 428),
        .init("perf_event_open", amd64: 298, arm64: 241),
        .init("pidfd_getfd", amd64: 438, arm64: 438),
        .init("pivot_root", amd64: 155, arm64: 41),
        .init("process_madvise", amd64: 440, arm64: 440),
        .init("process_vm_readv", amd64: 310, arm64: 270),
        .init("process_vm_writev", amd64: 311, arm64: 271),
        .init("ptrace", amd64: 101, arm64: 117),
        .init("quotactl", amd64: 179, arm64: 60),
        .init("quotactl_fd", amd64: 443, arm64: 443),
        .init("reboot", amd64: 169, arm64: 142),
        .init("request_key", amd64: 249, arm64: 218),
        .init("set_mempolicy", amd64: 238, arm64: 237),
        .init("set_mempolicy_home_node", amd64: 450, arm64: 450),
        .init("setdomainname", amd64: 171, arm64: 162),
        .init("sethostname", amd64: 170, arm64: 161),
        .init("setns", amd64: 308, arm64: 268),
        .init("settimeofday", amd64: 164, arm64: 170),
        .init("statmount", amd64: 457, arm64: 457),
        .init("swapoff", amd64: 168, arm64: 225),
        .init("swapon", amd64: 167, arm64: 224),
        .init("sysfs", amd64: 139, arm64: nil),
        .init("syslog", amd64: 103, arm64: 116),
        .init("umount2", amd64: 166, arm64: 39),
        .init("unshare", amd64: 272, arm64: 97),
        .init("uselib", amd64: 134, arm64: nil),
        .init("userfaultfd", amd64: 323, arm64: 282),
        .init("ustat", amd64: 136, arm64: nil),
        .init("vhangup", amd64: 153, arm64: 58),
    ]

    /// clone with one of these flags makes a namespace. clone3 hides its flags from filters and is answered with ENOSYS, upon which C
    /// libraries use clone.
    static let namespaceFlags: [UInt32] = [0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000]
    /// Socket families that reach into the kernel or the machine: AF_PACKET, AF_ALG, AF_VSOCK.
    static let socketFamilies: [UInt32] = [17, 38, 40]
}
