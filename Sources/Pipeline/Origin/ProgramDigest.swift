// SPDX-License-Identifier: Apache-2.0
package import Base
import Foundation

/// The digest of the program that builds, for provenance.
package enum ProgramDigest {
    /// The running program's file. The kernel leads to the very file that was started, also when another has taken its name.
    package static let own = "/proc/self/exe"

    /// Hashes the file once and keeps the answer under what tells the file apart: device, number, size and both times.
    package static func digest(of path: String = own, cache: any DerivedCache) throws -> Digest {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw PipelineError.cannotRead(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw PipelineError.cannotRead(path: path, reason: "it is not a file")
        }
        let key = Digest.sha256(
            of: "program-1 \(status.st_dev) \(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec) "
                + "\(status.st_ctim.tv_sec) \(status.st_ctim.tv_nsec)")
        if let kept = cache.read("program", key).flatMap({ Digest(String(decoding: $0, as: UTF8.self)) }) { return kept }
        let digest = try hash(descriptor, path)
        cache.write("program", key, Array(digest.description.utf8))
        return digest
    }

    private static func hash(_ descriptor: Int32, _ path: String) throws -> Digest {
        var hasher = DigestHasher()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw PipelineError.cannotRead(path: path, reason: String(cString: strerror(errno))) }
            if count == 0 { return hasher.finish() }
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
