// SPDX-License-Identifier: Apache-2.0
import Artifacts

/// A link for every applet of the packaged busybox. The names are read from the table inside the program, which is not run.
enum BusyboxLinks {
    static let program = "usr/bin/busybox"

    static func generate(_ inputs: some StepInputs) throws -> [Generated] {
        guard let binary = try inputs.bytes(of: program) else { throw AssembleError.missingInput(step: "busybox-links", path: program) }
        let applets = names(in: binary)
        guard applets.count > 20 else { throw AssembleError.missingInput(step: "busybox-links", path: "\(program): the table of applets") }
        // A program of its own package does more than the applet of its name.
        return applets.filter { inputs.entry(at: "usr/bin/" + $0) == nil }.map {
            .link("usr/bin/" + $0, to: "busybox", owner: "recipe:steps/busybox-links")
        }
    }

    // libbb's applet_names: NUL-terminated names in ASCII order that begin with `[` and `[[`, ended by an empty name. What lies
    // before the table is other data.
    static func names(in binary: [UInt8]) -> [String] {
        let start = Array("[\u{0}[[\u{0}".utf8)
        return binary.withUnsafeBytes { bytes in
            var position = 0
            while position + start.count < bytes.count {
                if bytes[position] == start[0], bytes[position..<position + start.count].elementsEqual(start) {
                    let table = read(bytes, from: position)
                    if table.count > 20 { return table }
                }
                position += 1
            }
            return []
        }
    }

    private static func read(_ bytes: UnsafeRawBufferPointer, from start: Int) -> [String] {
        var names: [String] = []
        var position = start
        while position < bytes.count, names.count < 1000 {
            var end = position
            while end < bytes.count, bytes[end] != 0, end - position < 40 { end += 1 }
            let name = bytes[position..<end]
            guard !name.isEmpty, end < bytes.count, bytes[end] == 0, name.allSatisfy(isApplet) else { break }
            let text = String(decoding: name, as: UTF8.self)
            if let last = names.last, !last.utf8.lexicographicallyPrecedes(text.utf8) { break }
            names.append(text)
            position = end + 1
        }
        return names
    }

    private static func isApplet(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || [0x5B, 0x2D, 0x5F, 0x2E].contains(byte)
    }
}
