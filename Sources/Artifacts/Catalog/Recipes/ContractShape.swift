// SPDX-License-Identifier: Apache-2.0
import Base

/// The keys below `contract`.
enum ContractShape {
    struct TestDraft: Sendable {
        var test = ContractTest(name: "")
        var run: [String]?
        var arguments: [String]?
        var drop: String?

        var finished: ContractDraft {
            if drop != nil { return .left(out: test.name) }
            var finished = test
            finished.run = run ?? []
            finished.arguments = arguments ?? []
            return .test(finished)
        }
        /// Whether it says anything but its name and that it is left out.
        var isOnlyDropped: Bool { run == nil && arguments == nil && test == ContractTest(name: test.name) }
    }

    static let test = RecordShape<TestDraft>(
        name: "contractTest", title: "a contract test",
        keys: [
            .required("name", \.test.name, .text(.line), "What is promised: imports its C modules."),
            .optional("run", \.run, words(minimum: 1), "The command line. Left out, the image's own entrypoint runs."),
            .optional(
                "probe", \.test.probe,
                Shape.choice("probe", ContractTest.Probe.allCases.map(\.rawValue)).map { ContractTest.Probe(rawValue: $0) },
                "A program of Ashlar's that looks at the image from inside, in place of one of the image's own."),
            .optional(
                "args", \.arguments, words(minimum: 0), "Arguments for the image's own entrypoint, in place of its cmd, or the probe."),
            .optional("environment", \.test.environment, environment, "Variables beside those of the image."),
            .optional(
                "files", \.test.files, .dictionary(.absolutePath, to: .text(.content), named: "a map from paths to texts"),
                "Files that are there, read-only: {/run/secrets/password: \"x\"}."),
            .optional("input", \.test.input, .text(.content), "What the program reads from standard input."),
            .optional(
                "users", \.test.users,
                Shape.choice("choice of users", ContractTest.UserChoice.allCases.map(\.rawValue)).map { .init(rawValue: $0) ?? .both },
                "both (when left out): as 65532:65532 and as an unknown user of group 0; nonroot: only the first; root: in a variant, 0:0."),
            .optional("timeout", \.test.timeoutSeconds, .integer(1...3600), "Seconds until the test has failed; 60 when left out."),
            .optional("expect", \.test.expect, expectation.shape, "What must be true when it ended."),
            .optional("server", \.test.server, server.shape, "The program is a server: it is started, spoken to and stopped."),
            .optional("drop", \.drop, .text(.reason), "Why the test of this name, which comes from below, is left out."),
        ], empty: { TestDraft() },
        check: { draft, node, reader in
            let name = draft.test.name
            func refuse(_ expected: String, found: String, fix: String) {
                reader.report(.contradiction(node.place, expected: "\(expected) in the contract test \(name)", found: found, fix: fix))
            }
            if draft.drop != nil, !draft.isOnlyDropped {
                refuse("nothing but name and drop", found: "more", fix: "remove drop, or everything but name and drop")
            }
            if draft.run != nil, draft.arguments != nil {
                refuse("either run or args", found: "both", fix: "remove args and write the whole command line at run, or remove run")
            }
            if draft.run != nil, draft.test.probe != nil { refuse("either run or probe", found: "both", fix: "remove one of them") }
        })

    private static func words(minimum: Int) -> Shape<[String]> {
        .list(of: .text(.any), named: "a list of words", minimum: minimum)
    }
    private static let environment: Shape<[String: String]> = .dictionary(
        .environmentName, to: .text(.any), named: "a map of variables")

    private static let nonempty = TextRule(expected: "a text that is not empty", pattern: #"[\s\S]+"#)
    private static let texts: Shape<[String]> = .either(
        Shape.text(nonempty).map { [$0] }, .list(of: .text(nonempty), named: "a list of texts"))

    private static let exit: Shape<Int?> = .either(
        Shape<Int>.integer(0...255).map { $0 }, Shape.choice("exit status", ["any"]).map { _ in nil })

    private static let expectation = RecordShape<Expectation>(
        name: "expectation", title: "an expectation",
        keys: [
            .optional("exit", \.exit, exit, "The exit status, or any; 0 when left out."),
            .optional("stdout", \.stdout, texts, "Texts that standard output contains, in any order."),
            .optional("stderr", \.stderr, texts, "Texts that standard error contains, in any order."),
            .optional("absent", \.absent, texts, "Texts that neither contains."),
        ], empty: { Expectation() })

    private static let server = RecordShape<ServerTest>(
        name: "server", title: "a server test",
        keys: [
            .optional(
                "ready-within", \.readyWithinSeconds, .integer(1...600), "Seconds until the first step must succeed; 30 when left out."),
            .optional(
                "stops-within", \.stopsWithinSeconds, .integer(1...600),
                "Seconds it may take to end after its stop signal; 15 when left out."),
            .required(
                "steps", \.steps, .list(of: step, named: "a list of steps of a conversation", minimum: 1), "What is said to it, in order."),
        ], empty: { ServerTest(steps: []) })

    private static let step: Shape<ServerStep> = .either(
        Shape.choice("server step", ["restart", "kill"]).map { $0 == "kill" ? .kill(whenExists: nil) : .restart },
        .oneOf(
            "a server step",
            [
                .init("http", http.shape.map(\.step), "GET http://127.0.0.1:port/path."),
                .init("tcp", exchange("tcp").shape.map { $0.step(.tcp) }, "Connect, send, read until every text was seen."),
                .init("udp", exchange("udp").shape.map { $0.step(.udp) }, "Send one datagram and read one."),
                .init("fastcgi", fastCGI.shape.map(\.step), "One FastCGI request."),
                .init("exec", exec.shape.map(\.step), "Run a program of the image beside the server."),
                .init("kill", kill.shape.map(\.step), "Kill the server without warning and start it again."),
            ]))

    private static let port = Shape<Int>.integer(1...65535)

    private static let http = RecordShape<HTTPDraft>(
        name: "httpStep", title: "an http step",
        keys: [
            .required("port", \.port, port, "The port."),
            .optional(
                "path", \.path, .text(TextRule(expected: "a path such as /healthz", pattern: #"/[^\s]*"#)),
                "The path with its query; / when left out."),
            .optional("status", \.status, .integer(100...599), "The status of the answer; 200 when left out."),
            .optional("contains", \.contains, texts, "Texts that the answer's body contains."),
        ], empty: { HTTPDraft() })

    private static func exchange(_ transport: String) -> RecordShape<ExchangeDraft> {
        RecordShape<ExchangeDraft>(
            name: "\(transport)Step", title: "a \(transport) step",
            keys: [
                .required("port", \.port, port, "The port."),
                .optional("send", \.send, .text(.content), #"What is sent; escapes work in double quotes: "PING\r\n"."#),
                .optional("send-hex", \.sendHexadecimal, .text(.hexadecimal), "What is sent, as pairs of hexadecimal digits."),
                .optional("contains", \.contains, texts, "Texts that the answer contains."),
                .optional(
                    "contains-hex", \.containsHexadecimal,
                    .either(
                        Shape.text(.hexadecimal).map { [$0] },
                        .list(of: .text(.hexadecimal), named: "a list of pairs of hexadecimal digits")),
                    "Bytes that the answer contains, as pairs of hexadecimal digits."),
            ], empty: { ExchangeDraft() },
            check: { draft, node, reader in
                if draft.send != nil, draft.sendHexadecimal != nil {
                    reader.report(
                        .contradiction(node.place, expected: "either send or send-hex", found: "both", fix: "remove one of them"))
                }
            })
    }

    private static let fastCGI = RecordShape<FastCGIDraft>(
        name: "fastcgiStep", title: "a fastcgi step",
        keys: [
            .required("port", \.port, port, "The port."),
            .optional("parameters", \.parameters, environment, "The parameters of the request: {SCRIPT_NAME: /ping}."),
            .optional("contains", \.contains, texts, "Texts that the answer contains."),
        ], empty: { FastCGIDraft() })

    private static let kill = RecordShape<KillDraft>(
        name: "killStep", title: "a kill step",
        keys: [
            .required("when-exists", \.path, .text(.absolutePath), "As soon as this path is there: in the middle of a first start.")
        ], empty: { KillDraft() })

    private static let exec = RecordShape<ExecDraft>(
        name: "execStep", title: "an exec step",
        keys: [
            .required("run", \.command, words(minimum: 1), "The command line."),
            .optional("environment", \.environment, environment, "Variables beside those of the image."),
            .optional("expect", \.expect, expectation.shape, "What must be true when it ended."),
        ], empty: { ExecDraft() })
}
