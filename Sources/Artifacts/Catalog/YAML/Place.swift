// SPDX-License-Identifier: Apache-2.0

/// Where in a file something stands: `catalog/images/python/3.13.yaml:12:5`. Lines and columns count from 1.
package struct Place: Hashable, Sendable, CustomStringConvertible {
    package let file: String
    package let line: Int
    package let column: Int
    package init(file: String, line: Int = 1, column: Int = 1) {
        self.file = file
        self.line = line
        self.column = column
    }
    package var description: String { "\(file):\(line):\(column)" }
}

/// A value with the place it was read from, for mistakes that show only later.
struct Located<Value: Sendable>: Sendable {
    let value: Value
    let place: Place
}
