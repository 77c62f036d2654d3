// SPDX-License-Identifier: Apache-2.0
//
// The few system calls that `start` makes, without any C library.
//
// The machine code of a helper must depend on this text and on the compiler alone, not on the libc of
// the machine that builds it. Numbers and structures come from the kernel's own headers.
//
// With -DHOSTED the same functions go through libc's syscall(): that build is for sanitizers only.

#ifndef ASHLAR_KERNEL_H
#define ASHLAR_KERNEL_H

#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <stddef.h>
#include <stdint.h>

#define E_NOENT 2
#define E_INTR 4
#define E_AGAIN 11
#define E_ACCES 13
#define E_BUSY 16
#define E_EXIST 17
#define E_XDEV 18
#define E_NOTDIR 20
#define E_ISDIR 21
#define E_INVAL 22
#define E_NOSPC 28
#define E_ROFS 30
#define E_PERM 1

#ifdef HOSTED

#include <errno.h>
#include <string.h>
#include <unistd.h>

static long kernel(long number, long a, long b, long c, long d, long e) {
    long result = syscall(number, a, b, c, d, e);
    return result == -1 ? -(long)errno : result;
}

#elif defined(__x86_64__)

__asm__(".globl _start\n"
        ".type _start,@function\n"
        "_start:\n"
        "    xor %ebp,%ebp\n"
        "    mov %rsp,%rdi\n"
        "    and $-16,%rsp\n"
        "    call begin\n"
        "    hlt\n");

static long kernel(long number, long a, long b, long c, long d, long e) {
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
    return result;
}

#elif defined(__aarch64__)

__asm__(".globl _start\n"
        ".type _start,%function\n"
        "_start:\n"
        "    mov x29,xzr\n"
        "    mov x30,xzr\n"
        "    mov x0,sp\n"
        "    and sp,x0,#-16\n"
        "    bl begin\n"
        "    brk #1\n");

static long kernel(long number, long a, long b, long c, long d, long e) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return x0;
}

#elif defined(__riscv) && __riscv_xlen == 64

__asm__(".globl _start\n"
        ".type _start,@function\n"
        "_start:\n"
        "    .option push\n"
        "    .option norelax\n"
        "    lla gp,__global_pointer$\n"
        "    .option pop\n"
        "    mv a0,sp\n"
        "    andi sp,sp,-16\n"
        "    call begin\n"
        "    ebreak\n");

static long kernel(long number, long a, long b, long c, long d, long e) {
    register long a7 __asm__("a7") = number;
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a3 __asm__("a3") = d;
    register long a4 __asm__("a4") = e;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4) : "memory");
    return a0;
}

#else
#error "start: add the entry point and the system call of this architecture to kernel.h"
#endif

#ifndef HOSTED
// GCC may turn loops and assignments into calls of these even in freestanding code.
void *memset(void *to, int byte, size_t count) {
    unsigned char *out = to;
    while (count--) *out++ = (unsigned char)byte;
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
    unsigned char *out = to;
    const unsigned char *in = from;
    while (count--) *out++ = *in++;
    return to;
}
#endif

struct interval {
    int64_t seconds;
    int64_t nanoseconds;
};

// The kernel's own signal set: one bit for each signal, bit 0 is signal 1.
#define SIGNAL(number) (1UL << ((number)-1))
#define SIGNAL_HANGUP 1
#define SIGNAL_INTERRUPT 2
#define SIGNAL_QUIT 3
#define SIGNAL_KILL 9
#define SIGNAL_USER1 10
#define SIGNAL_USER2 12
#define SIGNAL_TERMINATE 15
#define SIGNAL_CHILD 17
#define SIGNAL_WINDOW 28

static long open_file(const char *path, int flags, int mode) {
    return kernel(__NR_openat, AT_FDCWD, (long)path, flags | O_CLOEXEC, mode, 0);
}
static long close_file(long file) { return kernel(__NR_close, file, 0, 0, 0, 0); }
static long read_bytes(long file, void *to, size_t count) { return kernel(__NR_read, file, (long)to, (long)count, 0, 0); }
static long write_bytes(long file, const void *from, size_t count) { return kernel(__NR_write, file, (long)from, (long)count, 0, 0); }
static long sync_file(long file) { return kernel(__NR_fsync, file, 0, 0, 0, 0); }
static long sync_file_system(long file) { return kernel(__NR_syncfs, file, 0, 0, 0, 0); }
static long lock_file(long file) { return kernel(__NR_flock, file, 2 | 4, 0, 0, 0); }  // LOCK_EX | LOCK_NB
static long make_directory(const char *path, int mode) { return kernel(__NR_mkdirat, AT_FDCWD, (long)path, mode, 0, 0); }
static long change_mode(const char *path, int mode) { return kernel(__NR_fchmodat, AT_FDCWD, (long)path, mode, 0, 0); }
static long rename_path(const char *from, const char *to) {
    return kernel(__NR_renameat2, AT_FDCWD, (long)from, AT_FDCWD, (long)to, 0);
}
static long remove_entry(long directory, const char *name, int flags) {
    return kernel(__NR_unlinkat, directory, (long)name, flags, 0, 0);
}
static long read_entries(long directory, void *to, size_t count) {
    return kernel(__NR_getdents64, directory, (long)to, (long)count, 0, 0);
}
static long examine(const char *path, int flags, struct statx *into) {
    return kernel(__NR_statx, AT_FDCWD, (long)path, flags, STATX_TYPE | STATX_MODE | STATX_UID | STATX_SIZE, (long)into);
}
static long make_pipe(int ends[2]) { return kernel(__NR_pipe2, (long)ends, O_CLOEXEC, 0, 0, 0); }
static long duplicate(long from, long to) { return kernel(__NR_dup3, from, to, 0, 0, 0); }
// SIGCHLD alone: a plain fork. The other arguments are zero, so their order, which differs between
// architectures, does not matter.
static long fork_process(void) { return kernel(__NR_clone, SIGNAL_CHILD, 0, 0, 0, 0); }
static long execute(const char *path, char **arguments, char **environment) {
    return kernel(__NR_execve, (long)path, (long)arguments, (long)environment, 0, 0);
}
static long wait_child(int *status) { return kernel(__NR_wait4, -1, (long)status, 1 /* WNOHANG */, 0, 0); }
static long send_signal(long process, int number) { return kernel(__NR_kill, process, number, 0, 0, 0); }
static long set_group(long process) { return kernel(__NR_setpgid, process, 0, 0, 0, 0); }
static long user_number(void) { return kernel(__NR_geteuid, 0, 0, 0, 0, 0); }
static long set_mask(unsigned long mask, unsigned long *before) {
    return kernel(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, (long)&mask, (long)before, 8, 0);
}
static long await_signal(unsigned long mask, const struct interval *limit) {
    return kernel(__NR_rt_sigtimedwait, (long)&mask, 0, (long)limit, 8, 0);
}
// The kernel's sigaction is all zeros for the default action on every architecture, and never longer than this.
static long set_default_action(int number) {
    static const long nothing[8];
    return kernel(__NR_rt_sigaction, number, (long)nothing, 0, 8, 0);
}
static _Noreturn void leave(int status) {
    for (;;) kernel(__NR_exit_group, status, 0, 0, 0, 0);
}

#endif
