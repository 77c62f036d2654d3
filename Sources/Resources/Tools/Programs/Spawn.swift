// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// One posix_spawn: three streams, some opened files, nothing else inherited.
struct Spawn {
    let program: Program
    /// The descriptors that become 0, 1 and 2.
    let streams: (input: Int32, output: Int32, error: Int32)

    /// Starts the program in its own process group, with default signal handling; returns its process id.
    func start() throws(ToolsError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        if streams.input < 0 {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        } else {
            posix_spawn_file_actions_adddup2(&actions, streams.input, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, streams.output, 1)
        posix_spawn_file_actions_adddup2(&actions, streams.error, 2)
        let opened = program.openFiles.keys.sorted()
        for descriptor in opened {
            posix_spawn_file_actions_addopen(&actions, descriptor, program.openFiles[descriptor] ?? "/dev/null", O_RDONLY, 0)
        }
        for descriptor in Self.inherited() where !opened.contains(descriptor) {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }

        var everySignal = sigset_t()
        var noSignal = sigset_t()
        sigfillset(&everySignal)
        sigemptyset(&noSignal)
        posix_spawnattr_setsigdefault(&attributes, &everySignal)
        posix_spawnattr_setsigmask(&attributes, &noSignal)
        posix_spawnattr_setpgroup(&attributes, 0)
        // The C names are enumerators that do not all reach Swift: SETPGROUP 2, SETSIGDEF 4, SETSIGMASK 8 (spawn.h).
        posix_spawnattr_setflags(&attributes, 2 | 4 | 8)

        var pid: pid_t = 0
        let environment = program.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let code = withCStrings([program.path] + program.arguments) { arguments in
            withCStrings(environment) { variables in
                Self.descriptors.withLock { _ in posix_spawn(&pid, program.path, &actions, &attributes, arguments, variables) }
            }
        }
        guard code == 0 else { throw .notStarted(program: program.name, errno: code) }
        return pid
    }

    /// Held while descriptors exist that are not yet close-on-exec, so that no program started meanwhile inherits them.
    static let descriptors = Mutex(())

    /// The descriptors above 2 that a started program would inherit.
    private static func inherited() -> [Int32] {
        guard let folder = opendir("/proc/self/fd") else { return [] }
        defer { closedir(folder) }
        var found: [Int32] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard let descriptor = Int32(name), descriptor > 2, descriptor != dirfd(folder) else { continue }
            if fcntl(descriptor, F_GETFD) & FD_CLOEXEC == 0 { found.append(descriptor) }
        }
        return found
    }
}

/// Calls `body` with a null-terminated array of C strings that live as long as the call.
private func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
        if let base = buffer.baseAddress { return body(base) }
        var nothing: UnsafeMutablePointer<CChar>?
        return withUnsafeMutablePointer(to: &nothing) { body($0) }
    }
}

/// A pipe whose ends are closed on exec.
struct Pipe: Sendable {
    let reading: Int32
    let writing: Int32
    init() throws(ToolsError) {
        var ends: [Int32] = [-1, -1]
        // The C library shows pipe2 only to GNU sources, so the lock closes the gap between the two calls.
        let failure = Spawn.descriptors.withLock { _ -> Int32 in
            guard pipe(&ends) == 0 else { return errno }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return 0
        }
        guard failure == 0 else { throw .file(path: "a pipe", errno: failure) }
        reading = ends[0]
        writing = ends[1]
    }
}
