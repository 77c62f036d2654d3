// SPDX-License-Identifier: Apache-2.0

/// Whose package it is: who numbers its versions and writes its advisories. The raw value is the type of its package URL.
package enum PackageType: String, Hashable, Sendable, Codable, CaseIterable {
    case deb, apk, rpm, pypi, npm, golang, maven, cargo

    /// For people.
    package var title: String {
        switch self {
        case .deb: "Debian package"
        case .apk: "Alpine package"
        case .rpm: "RPM package"
        case .pypi: "Python"
        case .npm: "npm"
        case .golang: "Go module"
        case .maven: "Java archive"
        case .cargo: "Rust crate"
        }
    }
    /// Part of an operating system, whose advisories are its distribution's.
    package var isSystem: Bool { self == .deb || self == .apk || self == .rpm }
}
