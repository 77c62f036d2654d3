// SPDX-License-Identifier: Apache-2.0
import Glibc

/// `EACCES` in words: `Permission denied (13)`.
func describe(_ code: Int32) -> String { "\(String(cString: strerror(code))) (\(code))" }
