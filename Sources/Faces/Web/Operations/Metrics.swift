// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Synchronization

/// What the server counts about itself. Names of labels come from tables of ours or from the store, so their number is bounded.
final class Metrics: Sendable {
    enum Route: String, CaseIterable {
        case manifest, blob, upload, tags, referrers, catalog, base, token, page, log, metrics, health, other

        /// The route of a decoded path.
        init(_ path: String) {
            guard path.hasPrefix("/v2") else {
                self = Self.own(path)
                return
            }
            let parts = path.split(separator: "/", omittingEmptySubsequences: true).suffix(4)
            guard parts.count > 1 else {
                self = .base
                return
            }
            let (last, before) = (parts[parts.endIndex - 1], parts[parts.endIndex - 2])
            switch before {
            case "manifests": self = .manifest
            case "referrers": self = .referrers
            case "uploads": self = .upload
            case "blobs": self = last == "uploads" ? .upload : .blob
            case "tags": self = .tags
            case "v2" where last == "_catalog": self = .catalog
            default: self = .other
            }
        }

        private static func own(_ path: String) -> Route {
            switch path {
            case TokenEndpoint.path: .token
            case "/metrics": .metrics
            case "/healthz", "/readyz": .health
            case "/", "/images", "/cosign.pub", "/robots.txt": .page
            default:
                ["/images/", "/assets/", PublicKeys.prefix].contains(where: { path.hasPrefix($0) })
                    ? .page : path.hasPrefix("/log/") ? .log : .other
            }
        }
    }

    /// Upper ends of the buckets of a histogram, in seconds.
    static let bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    struct Histogram: Sendable {
        /// One more than there are bounds: what is above the last.
        var counts = [Int](repeating: 0, count: Metrics.bounds.count + 1)
        var sum = 0.0

        mutating func add(_ seconds: Double) {
            counts[Metrics.bounds.firstIndex { seconds <= $0 } ?? Metrics.bounds.count] += 1
            sum += seconds
        }
    }
    struct Kind: Hashable, Sendable {
        let route: Route
        let method: String
        let status: Int
    }
    struct Counts: Sendable {
        var requests: [Kind: Int] = [:]
        var latencies: [Route: Histogram] = [:]
        var bytes: [Route: Int] = [:]
        var pulls: [String: Int] = [:]
        var refusals: [String: Int] = [:]
    }

    private let counts = Mutex(Counts())
    let connections = Atomic<Int>(0)
    let refusedConnections = Atomic<Int>(0)
    // Beyond it, pulls are counted together: a label for each of a million repositories helps nobody.
    private static let repositoryLimit = 5000
    private static let methods: Set<String> = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"]

    var snapshot: Counts { counts.withLock { $0 } }

    /// Counts one answer.
    func record(_ route: Route, _ method: HTTPRequest.Method, _ status: Int, seconds: Double, bytes: Int) {
        let kind = Kind(route: route, method: Self.methods.contains(method.rawValue) ? method.rawValue : "other", status: status)
        counts.withLock { counts in
            counts.requests[kind, default: 0] += 1
            counts.latencies[route, default: Histogram()].add(seconds)
            if bytes > 0 { counts.bytes[route, default: 0] += bytes }
        }
    }

    /// Counts an image manifest that was handed out.
    func pulled(_ repository: String) {
        counts.withLock { counts in
            let isKnown = counts.pulls[repository] != nil || counts.pulls.count < Self.repositoryLimit
            counts.pulls[isKnown ? repository : "(others)", default: 0] += 1
        }
    }

    func refused(_ code: String) { counts.withLock { $0.refusals[code, default: 0] += 1 } }
}
