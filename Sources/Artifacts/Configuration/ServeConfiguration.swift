// SPDX-License-Identifier: Apache-2.0

/// What `serve:` in ashlar.yaml says about the server. Texts of rights and networks are read where they are used.
package struct ServeConfiguration: Sendable {
    package struct TLS: Sendable {
        package var certificate = ""
        package var key = ""
    }
    /// An issuer of identity tokens.
    package struct Issuer: Sendable {
        package var issuer = ""
        package var audience = ""
        package var keys: String?
        package var rules: [Rule] = []
    }
    package struct Rule: Sendable {
        package var claims: [String: String] = [:]
        package var grants: [String] = []
    }
    package struct Limits: Sendable {
        package var connections = 4096
        package var connectionsPerAddress = 512
        package var anonymousRequestsPerSecond: Int?
        package var accountRequestsPerSecond: Int?
        package var failedLoginsPerMinute = 10
    }
    package struct Audit: Sendable {
        package var enabled = true
        package var folder: String?
        package var megabytes = 32
        package var files = 16
    }
    package struct Log: Sendable {
        package var format = "auto"
        package var level = "notice"
    }
    /// Another registry whose repositories are served below a name of ours.
    package struct Mirror: Sendable {
        package var prefix = ""
        package var upstream = ""
        package var allow: [String] = []
        package var credentials: String?
        package var quarantine: String?
        package var fresh: String?
        package var isOffline = false
        package var authorities: String?
        package var blobGigabytes = 16
        package init() {}
    }

    package var host: String?
    package var port: Int?
    package var publicName: String?
    package var plainHTTPBeyondLoopback = false
    package var tls: TLS?
    /// nil when nothing is said: everything may be pulled on loopback, nothing beyond.
    package var anonymous: [String]?
    package var oidc: [Issuer] = []
    package var proxies: [String] = []
    package var mirrors: [Mirror] = []
    package var tokenMinutes = 5
    package var limits = Limits()
    package var audit = Audit()
    package var metrics = "local"
    package var log = Log()
    package init() {}
}
