// SPDX-License-Identifier: Apache-2.0
import HTTPTypes

extension RegistryRefusal {
    /// Who it is must be shown first, or shown again.
    static func unauthorized(_ message: String, scope: String? = nil, error: String? = nil) -> Self {
        Self(
            status: .unauthorized, code: "UNAUTHORIZED", message: message, headers: [.cacheControl: "no-store"],
            challenge: Challenge(scope: scope, error: error))
    }

    /// One text for every way in which a name and a secret do not fit, so that none can be told from another.
    static var wrongCredentials: Self { unauthorized("no account with this name, password or token", error: "invalid_token") }

    /// It is known who it is, and that is not enough.
    static func denied(_ message: String) -> Self {
        Self(status: .forbidden, code: "DENIED", message: message, headers: [.cacheControl: "no-store"])
    }

    /// Too much of something; `wait` seconds from now there is room again.
    static func tooMany(_ what: String, _ wait: Int) -> Self {
        Self(
            status: .tooManyRequests, code: "TOOMANYREQUESTS", message: "too many \(what); try again in \(wait) s",
            headers: [.retryAfter: String(wait), .cacheControl: "no-store"])
    }
}
