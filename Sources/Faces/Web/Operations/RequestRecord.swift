// SPDX-License-Identifier: Apache-2.0
import Base
import HTTPTypes
import Hummingbird
import Journal
import Logging
import OCI

/// Writes down what became of a request: the log, the metrics, and the audit trail of writes and refusals.
struct RequestRecord: Sendable {
    let metrics: Metrics
    let audit: AuditTrail?
    let now: @Sendable () -> Timestamp

    func keep(
        _ request: Request, _ path: String, _ response: Response, _ outcome: CatalogResponder.Outcome, _ client: ClientAddress,
        _ id: String, since start: ContinuousClock.Instant, _ logger: Logger
    ) {
        let route = Metrics.Route(path)
        let (seconds, fraction) = (ContinuousClock.now - start).components
        let bytes = request.method == .head ? 0 : response.headers[.contentLength].flatMap { Int($0) } ?? 0
        metrics.record(
            route, request.method, response.status.code, seconds: Double(seconds) + Double(fraction) / 1e18, bytes: bytes)
        if route == .manifest, request.method == .get, response.status == .ok { countPull(path, response) }
        if let audit { keep(request, path, response, outcome, client, id, audit, logger) }
        log(request, response, outcome, client, microseconds: seconds * 1_000_000 + fraction / 1_000_000_000_000, logger)
    }

    private func countPull(_ path: String, _ response: Response) {
        guard response.headers[.contentType] == MediaType.manifest || response.headers[.contentType] == Self.dockerManifest else { return }
        // `/v2/<name>/manifests/<reference>`
        let rest = path.utf8.dropFirst(4)
        guard let last = rest.lastIndex(of: 0x2F), let before = rest[..<last].lastIndex(of: 0x2F) else { return }
        metrics.pulled(String(path[rest.startIndex..<before]))
    }
    private static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"

    private func keep(
        _ request: Request, _ path: String, _ response: Response, _ outcome: CatalogResponder.Outcome, _ client: ClientAddress,
        _ id: String, _ audit: AuditTrail, _ logger: Logger
    ) {
        let status = response.status
        // That nothing was shown yet is how every client begins; it is no refusal.
        let isRefusal =
            status == .forbidden || status == .tooManyRequests
            || (status == .unauthorized && request.headers.contains(.authorization))
        if isRefusal || status == .unauthorized { metrics.refused(outcome.refusal ?? "UNAUTHORIZED") }
        let isWrite = path.hasPrefix("/v2/") && ![.get, .head].contains(request.method) && (200..<300).contains(status.code)
        guard isRefusal || isWrite else { return }
        let entry = AuditTrail.Entry(
            request: id, caller: outcome.caller ?? outcome.claimed.map { "claimed:" + $0 }, address: client.text,
            method: request.method.rawValue, path: path, status: status.code, code: isRefusal ? outcome.refusal : nil,
            digest: isWrite ? response.headers[.dockerContentDigest] : nil, agent: request.headers[.userAgent])
        do {
            if isWrite { try audit.wrote(entry, at: now()) } else { try audit.refused(entry, at: now()) }
        } catch {
            logger.critical("the audit trail could not be written", metadata: ["reason": "\(error.diagnosis.summary)"])
        }
    }

    private func log(
        _ request: Request, _ response: Response, _ outcome: CatalogResponder.Outcome, _ client: ClientAddress, microseconds: Int64,
        _ logger: Logger
    ) {
        let isFailure = response.status.code >= 500
        guard logger.logLevel <= (isFailure ? .error : .info) else { return }
        // The path only: a query or a header may carry a secret.
        logger.log(
            level: isFailure ? .error : .info, "request",
            metadata: [
                "method": "\(request.method)", "path": "\(request.uri.path.prefix(300))", "status": "\(response.status.code)",
                "bytes": "\(response.headers[.contentLength] ?? "-")", "microseconds": "\(microseconds)", "address": "\(client.text)",
                "caller": "\(outcome.caller ?? "-")",
            ])
    }
}
