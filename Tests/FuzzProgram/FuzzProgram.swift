// SPDX-License-Identifier: Apache-2.0
// https://llvm.org/docs/LibFuzzer.html
import Foundation
import FuzzKit

/// The target that ASHLAR_FUZZ names; the process ends when there is none.
private let target: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["ASHLAR_FUZZ"] ?? ""
    guard let target = FuzzTarget.named(name) else {
        FileHandle.standardError.write(Data("no target `\(name)`; there are \(FuzzTarget.all.map(\.name).joined(separator: " "))\n".utf8))
        exit(64)
    }
    return target
}()

/// What libFuzzer, whose main it is, calls with each input.
@_cdecl("LLVMFuzzerTestOneInput") func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    do { try target.run(Array(UnsafeBufferPointer(start: data, count: size))) } catch {
        FileHandle.standardError.write(Data("\(target): \(error)\n".utf8))
        abort()
    }
    return 0
}
