// SPDX-License-Identifier: Apache-2.0
import Foundation
import Transport

/// The way out of this machine as it is set up: proxies, private CAs, credentials, the Debian mirror.
enum Network {
    static func settings(_ environment: [String: String]) throws -> TransportSettings {
        try TransportSettings.fromEnvironment(environment, readFile: readFile, listFolder: listFolder)
    }

    static func mirror(_ environment: [String: String], configured: String?) throws -> Mirror {
        try Mirror.discover(environment: environment, configured: configured, readFile: readFile, listFolder: listFolder)
    }

    private static func readFile(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map(Array.init) }
    private static func listFolder(_ path: String) -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
}
