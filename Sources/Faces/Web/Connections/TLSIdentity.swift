// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import NIOSSL
import Synchronization

/// The certificate and key this server shows, read from files and read again when they change.
///
/// A connection keeps what it began with; the next one gets what is there then. Files that cannot be used, or do not belong
/// together yet, leave the present ones in service.
package final class TLSIdentity: Sendable {
    private let certificate: String
    private let key: String
    private let state: Mutex<State>

    private struct State {
        var context: NIOSSLContext
        var stamp: [FileStamp]
    }

    /// What tells one version of a file from the next without reading it.
    private struct FileStamp: Equatable {
        let device: UInt
        let inode: UInt
        let size: Int
        let seconds: Int
        let nanoseconds: Int
    }

    /// Reads both files (PEM; the certificate may be followed by those of its issuers).
    package init(certificate: String, key: String) throws(WebError) {
        self.certificate = certificate
        self.key = key
        let stamp = try Self.stamps(certificate, key)
        state = Mutex(State(context: try Self.load(certificate, key), stamp: stamp))
    }

    /// For the next connection.
    var context: NIOSSLContext { state.withLock { $0.context } }

    /// Looks whether the files changed, and takes them when they did. True when there is something new.
    @discardableResult
    func reloadIfChanged() throws(WebError) -> Bool {
        let stamp = try Self.stamps(certificate, key)
        guard stamp != state.withLock({ $0.stamp }) else { return false }
        let context = try Self.load(certificate, key)
        state.withLock { $0 = State(context: context, stamp: stamp) }
        return true
    }

    private static func load(_ certificate: String, _ key: String) throws(WebError) -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate)
            guard !chain.isEmpty else { throw WebError.badTLS(path: certificate, reason: "no certificate in it") }
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
            configuration.minimumTLSVersion = .tlsv12
            // Forward secrecy and authenticated encryption; TLS 1.3 has nothing else.
            configuration.cipherSuites = [
                "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
                "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
            ].joined(separator: ":")
            configuration.applicationProtocols = ["http/1.1"]
            return try NIOSSLContext(configuration: configuration)
        } catch let error as WebError {
            throw error
        } catch {
            throw .badTLS(path: "\(certificate) and \(key)", reason: "they are not a certificate and its key in PEM (\(error))")
        }
    }

    private static func stamps(_ paths: String...) throws(WebError) -> [FileStamp] {
        var stamps: [FileStamp] = []
        for path in paths {
            var status = stat()
            guard stat(path, &status) == 0 else { throw .badTLS(path: path, reason: String(cString: strerror(errno))) }
            stamps.append(
                FileStamp(
                    device: UInt(status.st_dev), inode: UInt(status.st_ino), size: Int(status.st_size), seconds: status.st_mtim.tv_sec,
                    nanoseconds: status.st_mtim.tv_nsec))
        }
        return stamps
    }
}
