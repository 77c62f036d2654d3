// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md

/// An operating system and processor that an image runs on, with the name Debian gives the same thing.
package struct Platform: Hashable, Sendable, Comparable, Codable, CustomStringConvertible, CaseIterable {
    /// `linux/amd64`, `linux/arm/v7`: what recipes, locks and `--platform` say.
    package let description: String
    /// `amd64`, `armhf`: Debian's name of the architecture.
    package let debian: String
    /// `x86_64-linux-gnu`: the multiarch triplet in library directories.
    package let triplet: String

    package var os: String { "linux" }
    package var architecture: String { String(description.split(separator: "/")[1]) }
    /// `v7` of `linux/arm/v7`; nil for most.
    package var variant: String? {
        let parts = description.split(separator: "/")
        return parts.count > 2 ? String(parts[2]) : nil
    }

    private init(_ description: String, _ debian: String, _ triplet: String) {
        self.description = description
        self.debian = debian
        self.triplet = triplet
    }

    package static let amd64 = Platform("linux/amd64", "amd64", "x86_64-linux-gnu")
    package static let arm64 = Platform("linux/arm64", "arm64", "aarch64-linux-gnu")
    package static let armhf = Platform("linux/arm/v7", "armhf", "arm-linux-gnueabihf")
    package static let ppc64le = Platform("linux/ppc64le", "ppc64el", "powerpc64le-linux-gnu")
    package static let riscv64 = Platform("linux/riscv64", "riscv64", "riscv64-linux-gnu")
    package static let s390x = Platform("linux/s390x", "s390x", "s390x-linux-gnu")
    /// Every platform that can be assembled, in the order indexes list them.
    package static let allCases: [Platform] = [amd64, arm64, armhf, ppc64le, riscv64, s390x]

    /// Reads `linux/arm64`; nil for a platform that is not supported.
    package init?(_ text: String) {
        guard let known = Self.allCases.first(where: { $0.description == text }) else { return nil }
        self = known
    }

    package static func < (a: Platform, b: Platform) -> Bool {
        (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
    }
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = Platform(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "expected one of \(Self.allCases), found \(text)"))
        }
        self = value
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
