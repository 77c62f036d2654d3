// SPDX-License-Identifier: Apache-2.0
import Archive
package import Artifacts
import Base
import Blobs
import Foundation
package import Inspect

/// Looks at a root file system that lies unpacked in a folder. No link in it is followed and nothing in it is opened but regular files.
package struct FolderInspection {
    let folder: String
    private let limits: InspectionLimits
    private let files = FileManager.default

    package init(_ folder: String, limits: InspectionLimits = InspectionLimits()) {
        self.folder = folder == "/" ? "" : folder
        self.limits = limits
    }

    package func inventory(reference: String) throws -> ForeignInventory {
        guard let root = try? files.attributesOfItem(atPath: folder.isEmpty ? "/" : folder) else {
            throw InspectError.malformed(what: "a folder at \(folder)", reason: "none")
        }
        let device = root[.systemNumber] as? NSNumber
        var scanner = LayerScanner(number: 0, limits: limits, sharing: InspectionAllowance(limits))
        var open = [""]
        var size = 0
        while let parent = open.popLast() {
            let names: [String]
            do { names = try files.contentsOfDirectory(atPath: folder + "/" + parent) } catch {
                scanner.unread(parent, "the folder cannot be listed")
                continue
            }
            for name in names.sorted() {
                let path = parent.isEmpty ? name : parent + "/" + name
                guard let entry = entry(path, &scanner, on: device) else { continue }
                do {
                    try take(entry, &scanner)
                } catch let error as ArchiveError {
                    guard case .tooMany(_, let what, let limit) = error else { throw error }
                    throw InspectError.tooMany(what: what, limit: limit)
                }
                size += entry.size
                if entry.kind == .directory { open.append(path) }
            }
        }
        scanner.finish(size: size, unpackedSize: size)
        return try Inspector(limits: limits).inventory(of: [scanner.layer], as: ForeignSubject(reference: reference), ports: [])
    }

    private func entry(_ path: String, _ scanner: inout LayerScanner, on device: NSNumber?) -> TarStreamEntry? {
        guard let found = try? files.attributesOfItem(atPath: folder + "/" + path) else {
            scanner.unread(path, "it is gone, or may not be looked at")
            return nil
        }
        if let own = found[.systemNumber] as? NSNumber, let device, own != device {
            scanner.unread(path, "another file system is mounted there")
            return nil
        }
        let kind: TarEntry.Kind? =
            switch found[.type] as? FileAttributeType {
            case .typeRegular: .file
            case .typeDirectory: .directory
            case .typeSymbolicLink: .symlink
            case .typeCharacterSpecial: .characterDevice
            case .typeBlockSpecial: .blockDevice
            default: .fifo
            }
        let (clean, fault) = TarPath.cleaned(path)
        var entry = TarStreamEntry(path: clean, kind: kind ?? .fifo, size: kind == .file ? (found[.size] as? NSNumber)?.intValue ?? 0 : 0)
        if fault != nil { entry.trouble = "a name that no image can hold" }
        entry.mode = ((found[.posixPermissions] as? NSNumber)?.intValue ?? 0) & 0o7777
        entry.uid = (found[.ownerAccountID] as? NSNumber)?.intValue ?? 0
        entry.gid = (found[.groupOwnerAccountID] as? NSNumber)?.intValue ?? 0
        if kind == .symlink { entry.target = try? files.destinationOfSymbolicLink(atPath: folder + "/" + path) }
        let attributes = found[FileAttributeKey("NSFileExtendedAttributes")] as? [String: Data]
        if let capability = attributes?["security.capability"] { entry.extendedAttributes["security.capability"] = Array(capability) }
        return entry
    }

    private func take(_ entry: TarStreamEntry, _ scanner: inout LayerScanner) throws {
        guard entry.kind == .file, entry.size > 0, entry.trouble == nil else {
            try scanner.begin(entry)
            return try scanner.end()
        }
        let file: MappedFile
        do { file = try MappedFile(path: folder + "/" + entry.path) } catch {
            return scanner.unread(entry.path, "the file cannot be opened")
        }
        // It may have changed since it was looked at: what is read is what counts.
        var entry = entry
        entry.size = file.count
        try scanner.begin(entry)
        try file.withUnsafeBytes { try scanner.body($0) }
        try scanner.end()
    }
}
