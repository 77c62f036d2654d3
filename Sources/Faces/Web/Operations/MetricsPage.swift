// SPDX-License-Identifier: Apache-2.0
import Base
import Blobs
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import Pipeline
import Synchronization

/// Who may read `/metrics`: names of private repositories are in it.
package enum MetricsAudience: String, Sendable, CaseIterable {
    /// This machine itself without a proxy between, and accounts with the right to administer everything.
    case local
    /// Accounts with the right to administer everything.
    case administrators
    /// Everybody who reaches the server.
    case everybody
}

/// Answers `/metrics`.
final class MetricsPage: Sendable {
    static let path = "/metrics"
    private let metrics: Metrics
    private let blobs: FileBlobStore
    private let version: String
    private let mirrors: MirrorSet?
    private let size = Mutex<(bytes: Int, count: Int, at: ContinuousClock.Instant)?>(nil)
    // Counting the blobs reads every entry of their folder.
    private static let freshness = Duration.seconds(60)

    init(_ metrics: Metrics, blobs: FileBlobStore, version: String, mirrors: MirrorSet? = nil) {
        self.metrics = metrics
        self.blobs = blobs
        self.version = version
        self.mirrors = mirrors
    }

    func response() async -> Response {
        let (bytes, count) = await storeSize()
        return Response(
            status: .ok, headers: [.contentType: MetricsText.mediaType, .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text(storeBytes: bytes, storeBlobs: count))))
    }

    func text(storeBytes: Int, storeBlobs: Int) -> String {
        let counts = metrics.snapshot
        var page = MetricsText()
        page.family("ashlar_build_info", .gauge, "The version of the program, as a label.")
        page.sample("ashlar_build_info", 1, [("version", version)])
        page.family("ashlar_http_requests_total", .counter, "Requests by route, method and status.")
        for (kind, count) in counts.requests.sorted(by: { Self.order($0.key) < Self.order($1.key) }) {
            page.sample(
                "ashlar_http_requests_total", count,
                [("route", kind.route.rawValue), ("method", kind.method), ("status", String(kind.status))])
        }
        page.family(
            "ashlar_http_request_duration_seconds", .histogram, "Time from the head of a request to the head of its answer, by route.")
        for route in Metrics.Route.allCases {
            guard let histogram = counts.latencies[route] else { continue }
            page.histogram("ashlar_http_request_duration_seconds", [("route", route.rawValue)], histogram)
        }
        page.family("ashlar_http_response_bytes_total", .counter, "Bytes of answers by route, as their heads announced them.")
        for route in Metrics.Route.allCases {
            if let bytes = counts.bytes[route] { page.sample("ashlar_http_response_bytes_total", bytes, [("route", route.rawValue)]) }
        }
        page.family("ashlar_pulls_total", .counter, "Image manifests handed out, by repository; indexes are not counted.")
        for (repository, count) in counts.pulls.sorted(by: { $0.key < $1.key }) {
            page.sample("ashlar_pulls_total", count, [("repository", repository)])
        }
        page.family("ashlar_refusals_total", .counter, "Requests that were refused for who asked, by the code of the answer.")
        for (code, count) in counts.refusals.sorted(by: { $0.key < $1.key }) {
            page.sample("ashlar_refusals_total", count, [("code", code)])
        }
        page.family("ashlar_connections", .gauge, "Connections that are open.")
        page.sample("ashlar_connections", metrics.connections.load(ordering: .relaxed))
        page.family("ashlar_connections_refused_total", .counter, "Connections closed since one address had too many.")
        page.sample("ashlar_connections_refused_total", metrics.refusedConnections.load(ordering: .relaxed))
        page.family("ashlar_store_bytes", .gauge, "Bytes of all blobs of the store, at most a minute ago.")
        page.sample("ashlar_store_bytes", storeBytes)
        page.family("ashlar_store_blobs", .gauge, "Blobs of the store, at most a minute ago.")
        page.sample("ashlar_store_blobs", storeBlobs)
        mirrors?.write(to: &page)
        ProcessFacts.current?.write(to: &page)
        return page.text
    }

    private static func order(_ kind: Metrics.Kind) -> String { "\(kind.route.rawValue) \(kind.method) \(kind.status)" }

    private func storeSize() async -> (Int, Int) {
        if let kept = size.withLock({ $0 }), ContinuousClock.now - kept.at < Self.freshness { return (kept.bytes, kept.count) }
        let blobs = blobs
        let sizes = try? await NIOThreadPool.singleton.runIfActive { blobs.digests().compactMap { try? blobs.size(of: $0) } }
        let found = (sizes ?? []).reduce(0, +)
        size.withLock { $0 = (found, sizes?.count ?? 0, ContinuousClock.now) }
        return (found, sizes?.count ?? 0)
    }
}

/// What the kernel says about this process, under the names that Prometheus' own libraries use.
struct ProcessFacts {
    let residentBytes: Int
    let cpuSeconds: Double
    let openFiles: Int

    static var current: ProcessFacts? {
        guard let statm = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let pages = statm.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        // The program's name may have spaces; it ends at the last parenthesis. utime and stime are fields 14 and 15.
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
        return ProcessFacts(
            residentBytes: pages * sysconf(Int32(_SC_PAGESIZE)), cpuSeconds: (user + system) / Double(sysconf(Int32(_SC_CLK_TCK))),
            openFiles: files)
    }

    func write(to page: inout MetricsText) {
        page.family("process_resident_memory_bytes", .gauge, "Resident memory.")
        page.sample("process_resident_memory_bytes", residentBytes)
        page.family("process_cpu_seconds_total", .counter, "Processor time in user and kernel mode.")
        page.sample("process_cpu_seconds_total", cpuSeconds)
        page.family("process_open_fds", .gauge, "Open files and sockets.")
        page.sample("process_open_fds", openFiles)
    }
}
