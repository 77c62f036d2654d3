// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import OCI
import Testing
import Tools

@testable import Sandbox

/// A root folder with one static C program, for machines that can compile and confine; elsewhere tests say loudly that they did not run.
struct SandboxFixture: Sendable {
    let sandbox: Sandbox
    let root: String
    /// Emulators of other processors may lie in a folder of their own, so that contracts of the product do not use them.
    static let toolbox = Toolbox(
        searchPath: Toolbox().searchPath + [ProcessInfo.processInfo.environment["ASHLAR_EMULATORS"]].compactMap(\.self))

    /// Runs `body` on a fresh root.
    static func with(
        _ methods: [Confiner.Method]? = nil, platform: Platform = .amd64, _ body: (SandboxFixture) async throws -> Void
    ) async throws {
        let toolbox = toolbox
        let sandbox: Sandbox
        let program: [UInt8]
        do {
            if let methods, let machine = HostMachine.current {
                sandbox = try await Sandbox.probe(methods, machine: machine, toolbox: toolbox)
            } else {
                sandbox = try await Sandbox.probe(toolbox)
            }
            program = try await CCompiler(for: platform, toolbox: toolbox)
                .compile(FixtureProgram.source, named: "fixture", flags: ["-O1", "-static"]).bytes
        } catch let error as any Diagnosable {
            Issue.record("the sandbox is NOT tested here: \(error.diagnosis.rendered)", severity: .warning)
            return
        }
        try await ScratchFolder.with(in: toolbox.temporary, named: "ashlar-test") { folder in
            for name in ["bin", "etc", "tmp", "proc", "sys", "dev", "data", "links"] {
                try FileManager.default.createDirectory(atPath: folder.path + "/" + name, withIntermediateDirectories: true)
            }
            try folder.write(program, to: "bin/fixture", mode: 0o755)
            try FileManager.default.createSymbolicLink(atPath: folder.path + "/links/out", withDestinationPath: "/../../../data")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
            let before = try tree(folder.path)
            try await body(SandboxFixture(sandbox: sandbox, root: folder.path))
            #expect(try tree(folder.path) == before, "the root folder was changed")
        }
    }

    private static func tree(_ path: String) throws -> [String] { try FileManager.default.subpathsOfDirectory(atPath: path).sorted() }

    func job(_ arguments: String...) -> SandboxJob { SandboxJob(root: root, arguments: ["fixture"] + arguments) }
    func run(_ job: SandboxJob) async throws -> ProgramResult { try await sandbox.run(job) }
}

/// What the tests' program does, by its first word.
enum FixtureProgram {
    static let source = #"""
        #include <arpa/inet.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/wait.h>
        #include <unistd.h>
        extern char **environ;
        static volatile int stopping;
        static void on_stop(int signal) { stopping = signal; }

        static int serve(int port, const char *log, int deaf) {
            struct sigaction action = { .sa_handler = deaf ? SIG_IGN : on_stop };
            sigaction(SIGTERM, &action, 0);
            int starts = 0;
            if (log) {
                FILE *f = fopen(log, "a+"); if (!f) { perror(log); return 5; }
                fputs("start\n", f); fflush(f); rewind(f);
                char line[64]; while (fgets(line, sizeof line, f)) starts++;
                fclose(f);
            }
            int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
            setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
            struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_ANY) };
            if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 5)) { perror("bind"); return 6; }
            fprintf(stderr, "listening\n");
            while (!stopping) {
                int client = accept(listener, 0, 0);
                if (client < 0) continue;
                char request[4096]; int n = read(client, request, sizeof request - 1); if (n < 0) n = 0; request[n] = 0;
                char body[256]; int length = snprintf(body, sizeof body, "uid %d starts %d\n", getuid(), starts);
                dprintf(client, "HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s", strstr(request, "/missing") ? "404 None" : "200 OK", length, body);
                close(client);
            }
            fprintf(stderr, "stopping\n");
            return 0;
        }

        int main(int count, char **words) {
            const char *what = count > 1 ? words[1] : "";
            if (!strcmp(what, "who")) { printf("%d:%d pid %d\n", getuid(), getgid(), getpid()); return 0; }
            if (!strcmp(what, "environment")) { for (char **e = environ; *e; e++) puts(*e); return 0; }
            if (!strcmp(what, "exit")) return atoi(words[2]);
            if (!strcmp(what, "die")) { raise(SIGKILL); abort(); }
            if (!strcmp(what, "sleep")) { for (;;) pause(); }
            if (!strcmp(what, "cat")) {
                int fd = count > 2 ? open(words[2], O_RDONLY) : 0; if (fd < 0) { perror(words[2]); return 1; }
                char b[4096]; int n; while ((n = read(fd, b, sizeof b)) > 0) write(1, b, n);
                return 0;
            }
            if (!strcmp(what, "write")) {
                int fd = open(words[2], O_WRONLY | O_CREAT, 0600); if (fd < 0) { printf("%s\n", strerror(errno)); return 1; }
                struct stat s; fstat(fd, &s); printf("written as %d\n", s.st_uid); return 0;
            }
            if (!strcmp(what, "spawn")) {
                if (!fork()) { execl("/bin/fixture", "fixture", "exit", "3", (char *)0); perror("Exec"); _exit(9); }
                int s; wait(&s); printf("child %d\n", WEXITSTATUS(s)); return 0;
            }
            if (!strcmp(what, "serve")) return serve(atoi(words[2]), count > 3 ? words[3] : 0, 0);
            if (!strcmp(what, "deaf")) return serve(atoi(words[2]), 0, 1);
            return 64;
        }
        """#
}
