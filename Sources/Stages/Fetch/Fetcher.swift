// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import OCI

/// Gets the .debs a lock names, by digest, and refuses anything else.
package struct Fetcher: Sendable {
    /// Whether packages may be fetched or must be in the store already.
    package enum Reach: Sendable { case network, storeOnly }

    let blobs: any BlobStore
    let transport: any HTTPTransport
    let archives: [String: String]
    let scratch: String
    let reach: Reach
    let parallelism: Int

    /// - Parameters:
    ///   - archives: Base address of each archive of the suite, without a trailing slash.
    ///   - scratch: A folder on the store's file system for downloads that are under way; they are resumed from here.
    package init(
        blobs: any BlobStore, transport: any HTTPTransport, archives: [String: String], scratch: String, reach: Reach = .network,
        parallelism: Int = 6
    ) {
        self.blobs = blobs
        self.transport = transport
        self.archives = archives
        self.scratch = scratch
        self.reach = reach
        self.parallelism = parallelism
    }

    /// All packages of the lock, in the store under the digests it names. `progress` is told each package when it is there; one
    /// that several platforms share is fetched and told once.
    package func fetch(
        _ lock: Lock, progress: @escaping @Sendable (LockedPackage) -> Void = { _ in }
    ) async throws -> Verified<Parcels> {
        // The whole lock is looked through before the first request.
        var platforms: [(platform: Platform, parcels: [Parcel])] = []
        for platform in lock.platforms {
            platforms.append((platform.platform, try platform.packages.map { Parcel(package: $0, digest: try LockCheck.digest(of: $0)) }))
        }
        var seen: Set<Digest> = []
        let wanted = platforms.flatMap(\.parcels).filter { seen.insert($0.digest).inserted }
        let largestFirst = wanted.sorted { ($0.package.size, $1.digest) > ($1.package.size, $0.digest) }
        _ = try await largestFirst.concurrentMap(limit: parallelism) { parcel in
            try await obtain(parcel)
            progress(parcel.package)
        }
        return Verified(
            byVerifying: Parcels(platforms: platforms), evidence: ["every .deb has the size and the SHA-256 that the lock names"])
    }

    private func obtain(_ parcel: Parcel) async throws {
        let package = parcel.package
        if let size = try blobs.size(of: parcel.digest) { return try check(size, of: package, from: "the store") }
        guard reach == .network else { throw FetchError.notInStore(package: package.name, version: package.version) }
        guard let base = archives[package.archive] else { throw FetchError.unknownArchive(package: package.name, archive: package.archive) }
        let address = base + "/" + LockCheck.escaped(package.path)
        let source = LockCheck.shown(address)
        try await download(parcel, at: address, from: source)
        guard let size = try blobs.size(of: parcel.digest) else {
            throw FetchError.notInStore(package: package.name, version: package.version)
        }
        try check(size, of: package, from: source)
    }

    // The digest fits, so the bytes are the right ones: it is the lock that states another size.
    private func check(_ size: Int, of package: LockedPackage, from source: String) throws(FetchError) {
        guard size == package.size else {
            throw .wrongSize(package: package.name, expected: package.size, found: size, source: source)
        }
    }

    /// - Parameter source: the address as it may be shown.
    private func download(_ parcel: Parcel, at address: String, from source: String) async throws {
        let package = parcel.package
        let name = "\(package.name) \(package.version)"
        let file = scratch + "/" + parcel.digest.hex + ".part"
        let response: WebResponse
        do {
            response = try await transport.download(WebRequest("GET", address), toFile: file, limit: package.size)
        } catch let error as any Diagnosable {
            throw FetchError.undelivered(package: name, error.diagnosis)
        }
        switch response.status {
        // 416: the file was whole already, and what it holds is judged next.
        case 200, 206, 416: break
        case 404, 410: throw FetchError.gone(package: package.name, version: package.version, source: source)
        default:
            throw FetchError.notABinary(
                package: name, status: response.status, contentType: response.headers["content-type"] ?? "unknown", source: source)
        }
        do {
            try blobs.adopt(file: file, expecting: parcel.digest)
        } catch let error as any Diagnosable where error.diagnosis.kind == .untrusted {
            // A page in place of a package is the mirror's or a proxy's fault, and deserves to be named as such.
            if let type = response.headers["content-type"], type.hasPrefix("text/html") {
                throw FetchError.notABinary(package: name, status: response.status, contentType: type, source: source)
            }
            throw FetchError.digestMismatch(package: name, source: source, notes: error.diagnosis.notes)
        }
    }
}
