// SPDX-License-Identifier: Apache-2.0

/// The program of the self test: each line it prints names an attempt and whether it was held.
enum EscapeAttempts {
    static let source = #"""
        #define _GNU_SOURCE
        #include <arpa/inet.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <sched.h>
        #include <signal.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/mman.h>
        #include <sys/mount.h>
        #include <sys/ptrace.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <sys/wait.h>
        #include <unistd.h>

        static void tell(const char *name, int broken) { printf("%s %s\n", broken ? "broken" : "held", name); fflush(stdout); }
        static int opens(const char *path, int flags) { int fd = open(path, flags, 0600); if (fd >= 0) close(fd); return fd >= 0; }
        static int reaches(int type) {
            int fd = socket(AF_INET, type, 0);
            struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(53) };
            inet_pton(AF_INET, "192.0.2.1", &there.sin_addr);
            int broken = fd >= 0 && connect(fd, (struct sockaddr *)&there, sizeof there) == 0;
            if (fd >= 0) close(fd);
            return broken;
        }

        static void processes(void) {
            pid_t children[4096];
            int count = 0;
            while (count < 4096) {
                pid_t child = fork();
                if (child < 0) break;
                if (child == 0) { pause(); _exit(0); }
                children[count++] = child;
            }
            for (int i = 0; i < count; i++) kill(children[i], SIGKILL);
            for (int i = 0; i < count; i++) waitpid(children[i], 0, 0);
            tell("process limit", count >= 64);
        }

        static void memory(void) {
            pid_t child = fork();
            if (child == 0) {
                size_t size = 256u << 20;
                char *bytes = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                if (bytes == MAP_FAILED) _exit(0);
                for (size_t i = 0; i < size; i += 4096) bytes[i] = 1;
                _exit(7);
            }
            int status = 0;
            waitpid(child, &status, 0);
            tell("memory limit", WIFEXITED(status) && WEXITSTATUS(status) == 7);
        }

        int main(int count, char **words) {
            tell("write to the root", opens("/written", O_WRONLY | O_CREAT));
            tell("write to /etc", opens("/etc/hosts", O_WRONLY));
            tell("change the program", opens("/escape", O_WRONLY));
            tell("read a file of the machine", opens(words[1], O_RDONLY));
            tell("read through /proc/1/root", opens("/proc/1/root/usr/bin/env", O_RDONLY));
            tell("read kernel memory", opens("/proc/kcore", O_RDONLY) && syscall(SYS_read, open("/proc/kcore", O_RDONLY), words[1], 1) == 1);
            tell("set kernel parameters", opens("/proc/sys/kernel/core_pattern", O_WRONLY));
            tell("press system request keys", opens("/proc/sysrq-trigger", O_WRONLY));
            tell("open a disk", opens("/dev/sda", O_RDONLY) || opens("/dev/vda", O_RDONLY) || opens("/dev/mem", O_RDONLY));
            tell("make a device", mknod("/tmp/disk", S_IFBLK | 0600, 0x800) == 0);
            tell("mount", mount("none", "/tmp", "tmpfs", 0, 0) == 0);
            tell("unmount", umount2("/etc/hosts", MNT_DETACH) == 0);
            tell("change the root", chroot("/tmp") == 0);
            tell("new user namespace", unshare(CLONE_NEWUSER) == 0);
            tell("new namespace by clone", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) > 0);
            tell("join a namespace", setns(open("/proc/self/ns/net", O_RDONLY), 0) == 0);
            tell("become root", setuid(0) == 0 || setresuid(0, 0, 0) == 0);
            struct { unsigned version; int pid; } header = { 0x20080522, 0 };
            unsigned wanted[6] = { ~0u, ~0u, 0, ~0u, ~0u, 0 };
            tell("take capabilities", syscall(SYS_capset, &header, wanted) == 0);
            tell("trace another process", ptrace(PTRACE_ATTACH, getppid(), 0, 0) == 0 || errno != EPERM);
            tell("use kernel keys", syscall(SYS_keyctl, 0, -3, 1) >= 0);
            tell("load a kernel program", syscall(SYS_bpf, 0, 0, 0) >= 0 || errno != EPERM);
            tell("open a file by handle", syscall(SYS_open_by_handle_at, 0, 0, 0) >= 0 || errno != EPERM);
            tell("signal outside", kill(-1, 0) == 0 && getppid() != 0);
            tell("reach another host by TCP", reaches(SOCK_STREAM));
            tell("reach another host by UDP", reaches(SOCK_DGRAM));
            tell("raw packets", socket(AF_PACKET, SOCK_RAW, 0) >= 0);
            for (int i = 2; i < count; i++) {
                if (!strcmp(words[i], "pids")) processes();
                if (!strcmp(words[i], "memory")) memory();
            }
            puts("done");
            return 0;
        }
        """#
}
