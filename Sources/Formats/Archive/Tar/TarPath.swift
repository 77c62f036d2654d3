// SPDX-License-Identifier: Apache-2.0

/// Paths inside archives: relative, without `.` and `..`.
package enum TarPath {
    /// The longest path in bytes: PATH_MAX of Linux.
    package static let maximumBytes = 4096
    /// The longest segment in bytes: NAME_MAX of Linux.
    package static let maximumSegmentBytes = 255

    /// What is wrong with a path.
    package enum Fault: Hashable, Sendable {
        case empty, absolute, parentSegment, emptySegment, dotSegment, nulByte, controlCharacter, notUTF8
        case tooLong(bytes: Int), segmentTooLong(bytes: Int)

        var words: String {
            switch self {
            case .empty: "nothing"
            case .absolute: "a leading slash"
            case .parentSegment: "a “..” segment"
            case .emptySegment: "an empty segment"
            case .dotSegment: "a “.” segment"
            case .nulByte: "a NUL byte"
            case .controlCharacter: "a control character"
            case .notUTF8: "bytes that are not UTF-8"
            case .tooLong(let bytes): "\(bytes) bytes (at most \(maximumBytes))"
            case .segmentTooLong(let bytes): "a segment of \(bytes) bytes (at most \(maximumSegmentBytes))"
            }
        }
    }

    /// Without leading `./` and trailing slashes; the root (`.`, `./`) becomes the empty path.
    package static func normalise(_ raw: String) -> String {
        var path = Substring(raw)
        while path.utf8.starts(with: "./".utf8) {
            path = path.dropFirst(2)
        }
        while path.utf8.count > 1, path.utf8.last == 0x2F { path = path[..<path.utf8.index(before: path.endIndex)] }
        return path == "." ? "" : String(path)
    }

    /// Throws `unsafePath` unless the path, already normalised, names a place below the root.
    package static func check(_ path: String) throws(ArchiveError) {
        if let fault = fault(in: path) { throw .unsafePath(path, fault: fault) }
    }

    /// The first thing that is wrong; nil for a good path.
    package static func fault(in path: String) -> Fault? {
        let bytes = path.utf8
        guard let first = bytes.first else { return .empty }
        if first == 0x2F { return .absolute }
        if bytes.count > maximumBytes { return .tooLong(bytes: bytes.count) }
        var length = 0
        var dots = 0
        for byte in bytes {
            if byte == 0x2F {
                if let fault = segmentFault(length: length, dots: dots) { return fault }
                length = 0
                dots = 0
                continue
            }
            if byte == 0 { return .nulByte }
            if byte < 0x20 || byte == 0x7F { return .controlCharacter }
            length += 1
            if byte == 0x2E { dots += 1 }
        }
        return segmentFault(length: length, dots: dots)
    }

    private static func segmentFault(length: Int, dots: Int) -> Fault? {
        if length == 0 { return .emptySegment }
        if length > maximumSegmentBytes { return .segmentTooLong(bytes: length) }
        guard length == dots else { return nil }
        return length == 1 ? .dotSegment : length == 2 ? .parentSegment : nil
    }
}
