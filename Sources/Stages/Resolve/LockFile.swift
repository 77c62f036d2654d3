// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
import Debian

/// A lock as the file beside its recipe: canonical order, indented, one line feed at the end.
package enum LockFile {
    /// Equal locks give equal bytes.
    package static func write(_ lock: Lock) throws(ResolveError) -> [UInt8] {
        do {
            let bytes = try CanonicalJSON.encodePretty(lock)
            return bytes.last == 0x0A ? bytes : bytes + [0x0A]
        } catch {
            throw .badLock(reason: "a value that JSON cannot hold")
        }
    }

    /// Reads a lock file and checks what later stages build on: format, digests, paths, sizes, order.
    package static func read(_ bytes: [UInt8]) throws(ResolveError) -> Lock {
        let json: JSON
        do throws(JSONError) {
            json = try JSON.parse(bytes, limit: 64 << 20)
        } catch {
            throw .badLock(reason: error.diagnosis.summary)
        }
        guard let format = json.object?["format"]?.string else { throw .badLock(reason: "no text under “format”") }
        guard format == Lock.currentFormat else { throw .otherLockFormat(found: format) }
        let lock: Lock
        do {
            lock = try CanonicalJSON.decode(Lock.self, from: json)
        } catch {
            throw .badLock(reason: (error as? any Diagnosable)?.diagnosis.summary ?? "another shape of JSON")
        }
        guard lock.revision > 0 else { throw .badLock(reason: "\(lock.revision) as the revision") }
        for platform in lock.platforms {
            var last: String?
            let names = Set(platform.packages.map(\.name))
            for package in platform.packages {
                try check(package)
                if let last, last >= package.name {
                    throw .badLock(reason: "\(package.name) after \(last), which is not the order of names")
                }
                last = package.name
                if let stranger = (package.dependsOn + package.neededBy).first(where: { !names.contains($0) }) {
                    throw .badLock(reason: "a relation of \(package.name) to “\(stranger.prefix(60))”, which is not locked")
                }
            }
        }
        return lock
    }

    private static func check(_ package: LockedPackage) throws(ResolveError) {
        guard PackageName.isWellFormed(package.name) else { throw .badLock(reason: "“\(package.name.prefix(60))” as a package's name") }
        guard package.digest != nil else { throw .badLock(reason: "no SHA-256 for \(package.name)") }
        guard RelativePath.isSafe(package.path) else { throw .badLock(reason: "a path for \(package.name) that is not plain and relative") }
        guard package.size > 0 else { throw .badLock(reason: "\(package.size) as the size of \(package.name)") }
        guard PackageName.isWellFormed(package.source), PackageName.isWellFormed(package.archive) else {
            throw .badLock(
                reason: "“\(package.source.prefix(60))” from “\(package.archive.prefix(60))” as the source of \(package.name)")
        }
        guard (try? DebianVersion(package.version)) != nil, (try? DebianVersion(package.sourceVersion)) != nil else {
            throw .badLock(reason: "no Debian version for \(package.name)")
        }
    }
}
