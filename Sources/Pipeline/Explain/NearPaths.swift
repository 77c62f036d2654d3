// SPDX-License-Identifier: Apache-2.0
import Base

/// The paths of an image that somebody may have meant who named one it does not have.
enum NearPaths {
    /// At most three, absolute: the same name elsewhere, then the nearest spelling in the same folder, then the folder itself.
    static func find(_ path: String, among paths: Set<String>) -> [String] {
        let (folder, name) = split(path)
        var near = paths.filter { $0 != path && split($0).name == name }.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
        // A link such as `bin` leads to where most of it is.
        let siblings = Dictionary(grouping: paths.map(split), by: \.folder)
        for place in [folder, "usr/" + folder] {
            let names = (siblings[place] ?? []).map(\.name).sorted()
            let longer = names.filter { !name.isEmpty && $0.hasPrefix(name) && $0 != name }.min { $0.utf8.count < $1.utf8.count }
            if let nearest = Spelling.nearest(to: name, among: names.filter { $0 != name }) ?? longer {
                near.append(place.isEmpty ? nearest : "\(place)/\(nearest)")
            }
        }
        if near.isEmpty, paths.contains(folder) { near.append(folder) }
        var seen: Set<String> = []
        return near.filter { seen.insert($0).inserted }.prefix(3).map { "/" + $0 }
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }
}
