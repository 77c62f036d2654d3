// SPDX-License-Identifier: Apache-2.0

/// What one file told. A record that cannot be read is told beside its neighbours, which are there.
package struct PackageReading: Hashable, Sendable {
    package var packages: [FoundPackage] = []
    /// Paths that belong to packages, as written: a package's name and its paths, relative to the root.
    package private(set) var owned: [OwnedPaths] = []
    /// One line for each record that could not be read, at most `faultLimit` and a word about the rest.
    package private(set) var faults: [String] = []
    /// Paths in `owned`, and their bytes.
    package private(set) var ownedCount = 0
    package private(set) var ownedBytes = 0
    private var isFull = false

    package static let faultLimit = 100
    /// Paths of one file: a folder's name may be written once and count for each of its files, so the file's own size bounds nothing.
    package static let ownedCountLimit = 1_000_000
    package static let ownedByteLimit = 64 << 20
    /// No system opens a longer one.
    package static let pathLimit = 4096

    package init() {}

    mutating func fault(_ text: String) {
        if faults.count < Self.faultLimit { faults.append(text) } else if faults.count == Self.faultLimit { faults.append("and more") }
    }
    /// Begins the paths of a package.
    mutating func own(as package: String) { owned.append(OwnedPaths(package: package)) }
    /// Adds a path to the package that was begun last; gives false when no more are taken.
    mutating func own(_ folder: some StringProtocol, _ name: some StringProtocol) -> Bool {
        guard !isFull, !owned.isEmpty else { return false }
        let size = folder.utf8.count + name.utf8.count
        guard size <= Self.pathLimit else {
            fault("a path of \(size) bytes")
            return true
        }
        guard ownedCount < Self.ownedCountLimit, ownedBytes + size <= Self.ownedByteLimit else {
            isFull = true
            fault("it names more than \(ownedCount) paths of packages: whose files the others are is not read")
            return false
        }
        ownedCount += 1
        ownedBytes += size
        owned[owned.count - 1].append(folder, name)
        return true
    }
    mutating func add(_ other: PackageReading) {
        packages += other.packages
        for text in other.faults { fault(text) }
    }
    package var isEmpty: Bool { packages.isEmpty && owned.isEmpty && faults.isEmpty }
}

/// The paths of one package, behind one another: there may be a million, and most are never looked at.
package struct OwnedPaths: Hashable, Sendable {
    package var package: String
    /// Each ends with a zero, which no path holds.
    private var bytes: [UInt8] = []

    init(package: String) { self.package = package }

    fileprivate mutating func append(_ folder: some StringProtocol, _ name: some StringProtocol) {
        bytes.append(contentsOf: folder.utf8)
        bytes.append(contentsOf: name.utf8)
        bytes.append(0)
    }

    package func forEach(_ body: (String) -> Void) {
        for path in bytes.split(separator: 0) { body(String(decoding: path, as: UTF8.self)) }
    }
}
