// SPDX-License-Identifier: Apache-2.0
import Base
import HTTPTypes
import Hummingbird

/// How many requests a client may send in a second, beside a burst of ten seconds' worth; nil for any number.
package struct RequestRates: Sendable, Hashable {
    /// For one address that shows nothing.
    package var anonymous: Int?
    /// For one account.
    package var account: Int?
    package init(anonymous: Int? = nil, account: Int? = nil) {
        self.anonymous = anonymous
        self.account = account
    }
}

/// Stands before everything else: finds out who comes, and sends away who comes too often.
struct Door: Sendable {
    private let proxies: [AddressRange]
    private let anonymous: RateLimiter?
    private let accounts: RateLimiter?
    private let metricsAudience: MetricsAudience

    init(_ settings: CatalogServer.Settings) {
        proxies = settings.proxies
        metricsAudience = settings.metricsAudience
        let limiter = { (rate: Int) in RateLimiter(perSecond: Double(rate), burst: rate * 10, clock: settings.ticks) }
        anonymous = settings.rates.anonymous.map(limiter)
        accounts = settings.rates.account.map(limiter)
    }

    func address(of request: Request, peer: String?) -> ClientAddress {
        ClientAddress(
            peer: peer, forwardedFor: request.headers[.forwardedFor], isForwarded: request.headers.contains(.forwarded), proxies: proxies)
    }

    /// Who sends the request. Wrong credentials count for the address they come from.
    func caller(of request: Request, _ client: ClientAddress, _ access: AccountAccess) async throws -> Caller {
        guard let header = request.headers[.authorization] else { return try await access.principal(showing: nil, from: nil).caller }
        do {
            return try await access.principal(showing: header, from: client.key).caller
        } catch let refusal as RegistryRefusal where refusal.status == .unauthorized {
            try admit(nil, client)
            throw refusal
        }
    }

    /// Lets a request of an account, or of an address, in; refuses it with the time to wait.
    func admit(_ account: String?, _ client: ClientAddress) throws(RegistryRefusal) {
        let wait = if let account { accounts?.take(for: account) } else { anonymous?.take(for: client.key) }
        if let wait { throw .tooMany("requests", wait) }
    }

    func admitToMetrics(_ caller: Caller, _ client: ClientAddress) throws(RegistryRefusal) {
        let isAdministrator =
            caller.name != nil && caller.scope == nil && caller.limits.isEmpty
            && caller.grants.contains { $0.actions.contains(.admin) && $0.pattern.description == "**" }
        switch metricsAudience {
        case .everybody: return
        case .local where client.isLocal: return
        case .local, .administrators:
            if isAdministrator { return }
            guard caller.name != nil else { throw .unauthorized("metrics are for administrators") }
            throw .denied("metrics are for accounts with **:admin")
        }
    }
}
