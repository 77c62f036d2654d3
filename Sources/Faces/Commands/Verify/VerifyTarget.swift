// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import OCI

/// Where the image that is to be verified lies, as people write it.
enum VerifyTarget: Hashable {
    /// `NAME:TAG` or `NAME@sha256:…` in the own store.
    case store(repository: String, reference: String)
    /// `HOST/NAME:TAG`.
    case registry(String)
    /// `oci:DIR[:TAG]`, or the path of a folder with a file `oci-layout`.
    case layout(folder: String, reference: String?)
    /// `oci-archive:FILE[:TAG]`, or the path of a tar.
    case archive(file: String, reference: String?)

    init(_ text: String, exists: (String) -> FileKind? = FileKind.init) throws {
        if text.hasPrefix("oci:") {
            let (path, reference) = Self.split(text.dropFirst(4), exists)
            self = .layout(folder: path, reference: reference)
        } else if text.hasPrefix("oci-archive:") {
            let (path, reference) = Self.split(text.dropFirst(12), exists)
            self = .archive(file: path, reference: reference)
        } else if text.contains("://") {
            self = .registry(text)
        } else if exists(text) == .folder, exists(text + "/oci-layout") != nil || text.hasPrefix(".") || text.hasPrefix("/") {
            self = .layout(folder: text, reference: nil)
        } else if text.hasSuffix(".tar"), exists(text) == .file {
            self = .archive(file: text, reference: nil)
        } else if text.hasPrefix("/") || text.hasPrefix("./") || text.hasPrefix("../") {
            throw CommandError.badReference(text, reason: "there is no such folder or .tar file")
        } else if text.contains("/") {
            self = .registry(text)
        } else if let at = text.firstIndex(of: "@") {
            self = .store(repository: String(text[..<at]), reference: String(text[text.index(after: at)...]))
        } else {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            self = .store(repository: parts[0], reference: parts.count > 1 ? parts[1] : "latest")
        }
    }

    enum FileKind {
        case file, folder
        init?(_ path: String) {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
            self = isFolder.boolValue ? .folder : .file
        }
    }

    // A path may hold colons itself: the whole text is a path when there is such a file.
    private static func split(_ text: Substring, _ exists: (String) -> FileKind?) -> (path: String, reference: String?) {
        if exists(String(text)) != nil { return (String(text), nil) }
        if let start = text.range(of: "@sha256:") { return (String(text[..<start.lowerBound]), "sha256:" + text[start.upperBound...]) }
        if let start = text.range(of: ":sha256:") { return (String(text[..<start.lowerBound]), "sha256:" + text[start.upperBound...]) }
        guard let colon = text.lastIndex(of: ":"), (try? Tag(text[text.index(after: colon)...])) != nil else { return (String(text), nil) }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
}
