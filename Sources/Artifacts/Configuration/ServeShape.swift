// SPDX-License-Identifier: Apache-2.0

/// The keys of `serve:` in ashlar.yaml.
enum ServeShape {
    static let serve = RecordShape<ServeConfiguration>(
        name: "serve", title: "the server's settings",
        keys: [
            .optional("host", \.host, .text(.line), "The address to listen on; 127.0.0.1 when left out."),
            .optional("port", \.port, .integer(0...65535), "The port to listen on; 8080 when left out, 0 takes any."),
            .optional("public-name", \.publicName, .text(.line), "What pull commands call this registry: registry.example:443."),
            .optional(
                "plain-http-beyond-loopback", \.plainHTTPBeyondLoopback, .boolean,
                "Serve plain HTTP to other machines, since TLS ends at a proxy in front."),
            .optional("tls", \.tls, tls.shape, "Certificate and key; with them only TLS is spoken."),
            .optional(
                "anonymous", \.anonymous, grants,
                "What everybody may do without logging in. Left out: pull everything on loopback, nothing beyond."),
            .optional(
                "oidc", \.oidc, .list(of: issuer.shape, named: "a list of issuers", unique: ("issuer", { $0.issuer })),
                "Issuers whose identity tokens are accepted: CI systems, service accounts of clusters."),
            .optional(
                "proxies", \.proxies, .list(of: .text(.network), named: "a list of networks"),
                "Proxies in front whose X-Forwarded-For is believed, as addresses or networks."),
            .optional(
                "mirrors", \.mirrors, .list(of: MirrorShape.mirror.shape, named: "a list of mirrors", unique: ("prefix", { $0.prefix })),
                "Other registries whose repositories are fetched when they are asked for, and kept."),
            .optional("token-minutes", \.tokenMinutes, .integer(1...60), "How long the tokens of /token hold; 5 when left out."),
            .optional("limits", \.limits, limits.shape, "How much one client may ask for."),
            .optional("audit", \.audit, audit.shape, "The record of every write and refusal."),
            .optional(
                "metrics", \.metrics, .choice("audience", ["local", "administrators", "everybody"]),
                "Who may read /metrics: this machine and administrators (local), administrators alone, or everybody."),
            .optional("log", \.log, log.shape, "What the server tells about itself on standard error."),
        ], empty: { ServeConfiguration() })

    private static let grants = Shape<[String]>.list(of: .text(.grant), named: "a list of rights such as team/**:pull,push")

    private static let tls = RecordShape<ServeConfiguration.TLS>(
        name: "tls", title: "certificate and key",
        keys: [
            .required("certificate", \.certificate, .text(.line), "PEM file: the server's certificate, then its issuers'."),
            .required("key", \.key, .text(.line), "PEM file of its private key."),
        ], empty: { ServeConfiguration.TLS() })

    private static let issuer = RecordShape<ServeConfiguration.Issuer>(
        name: "issuer", title: "an issuer",
        keys: [
            .required("issuer", \.issuer, .text(.issuer), "The claim iss of its tokens, an https address."),
            .required("audience", \.audience, .text(.line), "What the claim aud must have: the name of this registry."),
            .optional(
                "keys", \.keys, .text(.keySet),
                "Its key set: an https address, or a file for a site without a way out. Left out: what the issuer's own configuration names."
            ),
            .required(
                "rules", \.rules, .list(of: rule.shape, named: "a list of rules", minimum: 1),
                "Which of its identities may do what. Without a rule that fits, a token is refused."),
        ], empty: { ServeConfiguration.Issuer() })

    private static let rule = RecordShape<ServeConfiguration.Rule>(
        name: "rule", title: "a rule",
        keys: [
            .required(
                "claims", \.claims,
                Shape<[String: String]>.dictionary(.claim, to: .text(.line), named: "a map from claims to texts, which may have stars")
                    .checked { $0.isEmpty ? "at least one claim: without any, every identity of the issuer would fit" : nil },
                "What the claims must be, all of them. Below a claim: kubernetes.io/namespace."),
            .required("grants", \.grants, grants, "What such an identity may do."),
        ], empty: { ServeConfiguration.Rule() })

    private static let limits = RecordShape<ServeConfiguration.Limits>(
        name: "limits", title: "limits",
        keys: [
            .optional("connections", \.connections, .integer(16...65536), "Connections at once; 4096 when left out."),
            .optional(
                "connections-per-address", \.connectionsPerAddress, .integer(1...65536),
                "Connections at once from one address; 512 when left out. Proxies are not counted."),
            .optional(
                "anonymous-requests-per-second", \.anonymousRequestsPerSecond, .integer(1...100_000),
                "For each address that does not log in; any number when left out."),
            .optional(
                "account-requests-per-second", \.accountRequestsPerSecond, .integer(1...100_000),
                "For each account; any number when left out."),
            .optional(
                "failed-logins-per-minute", \.failedLoginsPerMinute, .integer(1...1000),
                "Wrong passwords from one address before it has to wait; 10 when left out."),
        ], empty: { ServeConfiguration.Limits() })

    private static let audit = RecordShape<ServeConfiguration.Audit>(
        name: "audit", title: "the audit trail",
        keys: [
            .optional("enabled", \.enabled, .boolean, "Whether it is kept; true when left out."),
            .optional("folder", \.folder, .text(.line), "Where it is kept; audit in the store when left out."),
            .optional("megabytes", \.megabytes, .integer(1...4096), "Size at which a file is full; 32 when left out."),
            .optional("files", \.files, .integer(1...10_000), "Full files that are kept of each kind; 16 when left out."),
        ], empty: { ServeConfiguration.Audit() })

    private static let log = RecordShape<ServeConfiguration.Log>(
        name: "log", title: "the log",
        keys: [
            .optional(
                "format", \.format, .choice("format", ["auto", "json", "text"]), "auto is text on a terminal and JSON lines elsewhere."),
            .optional(
                "level", \.level, .choice("level", ["debug", "info", "notice", "warning", "error"]),
                "From which level on; notice when left out, info has a line for each request."),
        ], empty: { ServeConfiguration.Log() })
}

extension TextRule {
    fileprivate static let grant = TextRule(
        expected: "rights such as team/**:pull,push (of pull, push, delete, admin)",
        pattern: #"[a-z0-9._/*-]+:(?:pull|push|delete|admin)(?:,(?:pull|push|delete|admin))*"#, limit: 300)
    fileprivate static let network = TextRule(
        expected: "an address or network such as 10.0.0.0/8", pattern: #"[0-9a-fA-F.:]+(?:/[0-9]{1,3})?"#, limit: 50)
    fileprivate static let issuer = TextRule(
        expected: "an https address such as https://issuer.example",
        pattern: #"(?:https://|http://(?:127\.0\.0\.1|localhost)(?=[:/]))[^\s?#]+"#, limit: 500)
    fileprivate static let keySet = TextRule(
        expected: "an https address or the path of a file", pattern: #"(?:(?!http:)[^\s]+|http://(?:127\.0\.0\.1|localhost)[:/][^\s]*)"#,
        limit: 500)
    fileprivate static let claim = TextRule(expected: "the name of a claim such as sub", pattern: #"[^\s]+"#, limit: 200)
}
