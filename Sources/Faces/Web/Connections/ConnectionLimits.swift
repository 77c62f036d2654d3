// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// How much of the server one connection, and one address, may hold without giving anything for it.
package struct ConnectionLimits: Sendable {
    /// Connections at once; more wait in the kernel's queue.
    package var connections: Int
    /// Connections at once from one address; proxies are not counted.
    package var perAddress: Int
    /// From the connection to the end of the first request's head, with the TLS handshake.
    package var headPatience: Duration
    /// Between requests of one connection.
    package var idlePatience: Duration
    /// A body that we wait for brings this much in each stretch of that length.
    package var bodyMinimum: Int
    package var bodyPatience: Duration
    /// A client that takes nothing of an answer for so long is left.
    package var writePatience: Duration
    /// How often a connection is looked at.
    package var pulse: Duration

    package init(
        connections: Int = 4096, perAddress: Int = 512, headPatience: Duration = .seconds(20), idlePatience: Duration = .seconds(75),
        bodyMinimum: Int = 1024, bodyPatience: Duration = .seconds(30), writePatience: Duration = .seconds(300),
        pulse: Duration = .seconds(5)
    ) {
        self.connections = connections
        self.perAddress = perAddress
        self.headPatience = headPatience
        self.idlePatience = idlePatience
        self.bodyMinimum = bodyMinimum
        self.bodyPatience = bodyPatience
        self.writePatience = writePatience
        self.pulse = pulse
    }
}

/// How many connections each address has.
final class ConnectionTable: Sendable {
    private let counts = Mutex<[String: Int]>([:])
    private let limit: Int
    private let exempt: [AddressRange]
    private let metrics: Metrics

    init(limit: Int, exempt: [AddressRange], metrics: Metrics) {
        self.limit = limit
        self.exempt = exempt
        self.metrics = metrics
    }

    /// Enters a connection; nil when its address has too many.
    func enter(_ address: String?) -> Seat? {
        guard let parsed = address.flatMap({ IPAddress($0) }), !exempt.contains(where: { $0.contains(parsed) }) else {
            metrics.connections.add(1, ordering: .relaxed)
            return Seat(key: nil)
        }
        let key = parsed.subscriber
        let hasRoom = counts.withLock { counts in
            guard counts[key, default: 0] < limit else { return false }
            counts[key, default: 0] += 1
            return true
        }
        guard hasRoom else {
            metrics.refusedConnections.add(1, ordering: .relaxed)
            return nil
        }
        metrics.connections.add(1, ordering: .relaxed)
        return Seat(key: key)
    }

    func leave(_ seat: Seat) {
        metrics.connections.subtract(1, ordering: .relaxed)
        guard let key = seat.key else { return }
        counts.withLock { counts in
            let count = counts[key, default: 0] - 1
            counts[key] = count > 0 ? count : nil
        }
    }

    struct Seat: Sendable { fileprivate let key: String? }
}
