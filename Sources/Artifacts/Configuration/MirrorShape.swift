// SPDX-License-Identifier: Apache-2.0

/// The keys of an entry of `serve.mirrors` in ashlar.yaml.
enum MirrorShape {
    static let mirror = RecordShape<ServeConfiguration.Mirror>(
        name: "mirror", title: "a mirror",
        keys: [
            .required(
                "prefix", \.prefix, .text(.prefix),
                "The name below which its repositories are here: docker.io for docker.io/library/alpine."),
            .required(
                "upstream", \.upstream, .text(.upstream),
                "The other registry: https://registry.example, with a path when only names below it are meant."),
            .required(
                "allow", \.allow, .list(of: .text(.pattern), named: "a list of patterns", minimum: 1),
                "Which repositories may be fetched, by their names below the prefix: library/*, team/**."),
            .optional(
                "credentials", \.credentials, .text(.line),
                "A file in the form of docker's config.json, in which its host stands. Left out: none."),
            .optional(
                "quarantine", \.quarantine, .text(.duration),
                "How long content waits from its first sight here until it may be pulled: 7d. None when left out."),
            .optional("fresh", \.fresh, .text(.duration), "How long an answer about a tag or a list is believed; 10m when left out."),
            .optional("offline", \.isOffline, .boolean, "Ask nothing over there, serve what is here; false when left out."),
            .optional("ca", \.authorities, .text(.line), "PEM file of CAs that are trusted for this registry besides the system's."),
            .optional("blob-gigabytes", \.blobGigabytes, .integer(1...64), "Largest blob that is taken; 16 when left out."),
        ], empty: { ServeConfiguration.Mirror() })
}

extension TextRule {
    fileprivate static let prefix = TextRule(
        expected: "the beginning of repository names such as docker.io",
        pattern: #"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"#, limit: 128)
    fileprivate static let upstream = TextRule(
        expected: "the address of a registry such as https://registry.example (http on this machine only), without user and password",
        pattern: #"(?:https://[A-Za-z0-9.\[\]:-]+|http://(?:127\.0\.0\.1|localhost|\[::1\]):[0-9]+)(?:/[a-z0-9._/-]+)?"#, limit: 500)
    fileprivate static let pattern = TextRule(
        expected: "a pattern of repository names such as library/* or team/**",
        pattern: #"(?:\*\*|[a-z0-9._-]*(?:\*[a-z0-9._-]+)*\*?)(?:/(?:\*\*|[a-z0-9._-]*(?:\*[a-z0-9._-]+)*\*?))*"#, limit: 255)
    fileprivate static let duration = TextRule(
        expected: "a time such as 7d, 12h, 30m or 90s", pattern: #"[0-9]{1,6}[dhms]"#, limit: 10)
}
