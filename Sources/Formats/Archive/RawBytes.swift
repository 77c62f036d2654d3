// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
    /// `withUnsafeBytes` that keeps the type of the error.
    func withRawBytes<Result>(_ body: (UnsafeRawBufferPointer) throws(ArchiveError) -> Result) throws(ArchiveError) -> Result {
        try withUnsafeBufferPointer { (buffer) throws(ArchiveError) -> Result in try body(UnsafeRawBufferPointer(buffer)) }
    }

    /// An array whose bytes a C function fills without them being set to zero first.
    init(capacity: Int, filling body: (UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int) throws(ArchiveError) {
        var failure: ArchiveError?
        self.init(unsafeUninitializedCapacity: capacity) { buffer, count in
            do throws(ArchiveError) {
                count = try body(UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: capacity))
            } catch {
                count = 0
                failure = error
            }
        }
        if let failure { throw failure }
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes from `offset` to the end, as a buffer of their own.
    func from(_ offset: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self[offset...]) }
}
