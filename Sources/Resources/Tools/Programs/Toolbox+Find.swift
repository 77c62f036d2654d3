// SPDX-License-Identifier: Apache-2.0
import Glibc

extension Toolbox {
    /// The first executable of this name on the search path; nil when there is none.
    package func find(_ name: String) -> String? {
        if name.hasPrefix("/") { return access(name, X_OK) == 0 ? name : nil }
        return searchPath.lazy.map { $0 + "/" + name }.first { path in
            var facts = stat()
            return access(path, X_OK) == 0 && stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
        }
    }

    /// The program's path, or an error that names the Debian package that brings it.
    package func require(_ name: String, from package: String) throws(ToolsError) -> String {
        guard let path = find(name) else { throw .missing(program: name, package: package) }
        return path
    }
}
