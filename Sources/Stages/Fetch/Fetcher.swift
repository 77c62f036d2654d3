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

    /// All packages of the lock, in the store under the digests it names. `progress` is told each package's name when it is there.
    package func fetch(
        _ lock: Lock, progress: @escaping @Sendable (LockedPackage) -> Void = { _ in }
    ) async throws -> Verified<Parcels> {
        var platforms: [(platform: Platform, parcels: [Parcel])] = []
        for platform in lock.platforms {
            let parcels = try await platform.packages.concurrentMap(limit: parallelism) { package in
                let parcel = try await fetch(package)
                progress(package)
                return parcel
            }
            platforms.append((platform.platform, parcels))
        }
        return Verified(byVerifying: Parcels(platforms: platforms), evidence: ["every .deb has the SHA-256 that the lock names"])
    }

    private func fetch(_ package: LockedPackage) async throws -> Parcel {
        guard let digest = package.digest else {
            throw FetchError.damagedLock(package: package.name, field: "sha256", value: package.sha256)
        }
        guard (1...(1 << 31)).contains(package.size) else {
            throw FetchError.damagedLock(package: package.name, field: "size", value: "\(package.size)")
        }
        guard !package.path.hasPrefix("/"), !package.path.split(separator: "/").contains("..") else {
            throw FetchError.damagedLock(package: package.name, field: "path", value: package.path)
        }
        if try blobs.size(of: digest) == package.size { return Parcel(package: package, digest: digest) }
        guard reach == .network else { throw FetchError.notInStore(package: package.name, version: package.version) }
        guard let base = archives[package.archive] else {
            throw FetchError.damagedLock(package: package.name, field: "archive", value: package.archive)
        }
        try await download(package, digest, from: base + "/" + package.path)
        return Parcel(package: package, digest: digest)
    }

    private func download(_ package: LockedPackage, _ digest: Digest, from url: String) async throws {
        let file = scratch + "/" + digest.hex + ".part"
        let name = "\(package.name) \(package.version)"
        let response = try await transport.download(WebRequest("GET", Self.encoded(url)), toFile: file, limit: package.size)
        switch response.status {
        case 200, 206, 416: break
        case 404, 410: throw FetchError.gone(package: package.name, version: package.version, source: url)
        default:
            throw FetchError.notABinary(
                package: name, status: response.status, contentType: response.headers["content-type"] ?? "unknown", source: url)
        }
        do {
            try blobs.adopt(file: file, expecting: digest)
        } catch {
            // A page in place of a package is the mirror's or a proxy's fault, and deserves to be named as such.
            guard let type = response.headers["content-type"], type.hasPrefix("text/html") else { throw error }
            throw FetchError.notABinary(package: name, status: response.status, contentType: type, source: url)
        }
    }

    // Debian file names may hold `~` and `+`, which stay; anything else outside the unreserved set is escaped (RFC 3986 §2.3).
    static func encoded(_ url: String) -> String {
        var text = ""
        for byte in url.utf8 {
            let character = Character(Unicode.Scalar(byte))
            let isPlain = character.isASCII && (character.isLetter || character.isNumber || "-._~/:+@=&?%[]".contains(character))
            text += isPlain ? String(character) : "%" + Hex.encode([byte]).uppercased()
        }
        return text
    }
}
