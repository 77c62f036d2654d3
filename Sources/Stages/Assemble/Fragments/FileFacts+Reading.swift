// SPDX-License-Identifier: Apache-2.0
import Artifacts
import ELF

extension FileFacts {
    /// What a file's bytes say about it; nil when that is nothing.
    init?(of bytes: UnsafeRawBufferPointer, path: String, hasCapabilities: Bool = false) {
        self.init(hasCapabilities: hasCapabilities)
        // A file that only begins like an ELF file is data; what matters is what the dynamic linker would accept.
        elf = (try? ELFReader.facts(of: bytes)) ?? nil
        if elf == nil { interpreter = Shebang.interpreter(of: bytes) }
        secrets = SecretScanner.scan(bytes, path: path)
        if elf == nil, interpreter == nil, secrets.isEmpty, !hasCapabilities { return nil }
    }
}

/// The interpreter line of a script.
enum Shebang {
    /// `/usr/bin/python3`; for `/usr/bin/env perl` the name `perl`. Nil when the file is no script.
    static func interpreter(of bytes: UnsafeRawBufferPointer) -> String? {
        guard bytes.count > 2, bytes[0] == 0x23, bytes[1] == 0x21 else { return nil }
        let line = bytes.dropFirst(2).prefix(256).prefix { $0 != 0x0A && $0 != 0 }
        let words = line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }.map { String(decoding: $0, as: UTF8.self) }
        guard let first = words.first else { return nil }
        // `env -S python3 -I` and `env LANG=C python3` name the program behind options and assignments.
        if first.hasSuffix("/env"), let program = words.dropFirst().first(where: { !$0.hasPrefix("-") && !$0.contains("=") }) {
            return program
        }
        return first
    }
}
