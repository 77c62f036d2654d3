// SPDX-License-Identifier: Apache-2.0

/// The part of a body that a client asks for (RFC 9110 §14).
enum ByteRange: Equatable {
    /// No range, several, or one we do not read: the whole body is the answer.
    case whole
    case part(ClosedRange<Int>)
    /// One range that begins after the end, or ends before it begins.
    case unsatisfiable

    init(_ header: String?, size: Int) {
        guard let header, header.lowercased().hasPrefix("bytes=") else {
            self = .whole
            return
        }
        let ends = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
        guard ends.count == 2, !header.contains(","), ends.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
            self = .whole
            return
        }
        switch (Int(ends[0]), Int(ends[1])) {
        case (nil, let count?) where ends[0].isEmpty:
            self = count == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - count)...(size - 1))
        case (let first?, nil) where ends[1].isEmpty:
            self = first < size ? .part(first...(size - 1)) : .unsatisfiable
        case (let first?, let last?):
            // A range that ends before it begins has nothing to give (RFC 9110 §14.1.1 and §15.5.17).
            self = first <= last && first < size ? .part(first...min(last, size - 1)) : .unsatisfiable
        default: self = .whole
        }
    }
}
