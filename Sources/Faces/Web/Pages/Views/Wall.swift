// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records

/// The catalog as a wall: one stone for each build, those of the fewest packages at the bottom. A ring marks findings left after VEX, a
/// broken ring that nobody can say, a hatch the end of life.
struct Wall {
    let entries: [ImageEntry]
    let now: Timestamp
    private static let width = 582.0
    private static let height = 38.0
    private static let joint = 3.0
    /// Stones of the wall: beyond that the list says it.
    private static let limit = 60

    private struct Stone {
        let entry: ImageEntry
        let name: String
        let least: Double
        var x = 0.0
        var width = 0.0
    }

    var figure: Node {
        let courses = courses()
        guard !courses.isEmpty, entries.count <= Self.limit else { return .nothing }
        let height = Double(courses.count) * (Self.height + Self.joint) - Self.joint
        return el("figure", .class("wall only-wide")) {
            el(
                "svg", .with("viewBox", "0 0 582 \(Int(height))"), .with("role", "group"),
                .label("The catalog as a wall: one stone for each of \(entries.count) builds, those of few packages at the bottom")
            ) {
                hatch
                for (row, course) in courses.enumerated() {
                    for stone in course { node(stone, y: Double(row) * (Self.height + Self.joint), row: row, of: courses.count) }
                }
            }
            el("figcaption") {
                key("Nothing left after VEX") { .nothing }
                key("Findings left") {
                    group {
                        el("circle", .class("ring"), .with("cx", "7"), .with("cy", "7"), .with("r", "4.75"))
                        el("circle", .class("mark"), .with("cx", "7"), .with("cy", "7"), .with("r", "2"))
                    }
                }
                key("Not known") {
                    el("circle", .class("ring unknown"), .with("cx", "7"), .with("cy", "7"), .with("r", "4.75"))
                }
                key("End of life") {
                    el("rect", .with("width", "14"), .with("height", "14"), .with("fill", "url(#hatch)"), .with("opacity", ".5"))
                }
                el("span", text: "Below: fewer packages")
            }
        }
    }

    private var hatch: Node {
        el("defs") {
            el(
                "pattern", .id("hatch"), .with("width", "6"), .with("height", "6"), .with("patternUnits", "userSpaceOnUse"),
                .with("patternTransform", "rotate(45)")
            ) {
                el("line", .class("hatch-line"), .with("x1", "0"), .with("y1", "0"), .with("x2", "0"), .with("y2", "6"))
            }
        }
    }

    private func key(_ text: String, _ mark: () -> Node) -> Node {
        let mark = mark()
        return el("span", .class("key")) {
            el("svg", .with("viewBox", "0 0 14 14"), .with("aria-hidden", "true")) {
                el("rect", .class("st2"), .with("width", "14"), .with("height", "14"), .with("rx", "1.5"))
                mark
            }
            text
        }
    }

    /// Stones by their number of packages, laid in courses that are as wide as the wall.
    private func courses() -> [[Stone]] {
        let stones = entries.sorted {
            let (one, other) = ($0.release.platforms.first?.packageCount ?? 0, $1.release.platforms.first?.packageCount ?? 0)
            return one == other ? $0.reference < $1.reference : one > other
        }.map { entry in
            let hasOne = entries.count { $0.name == entry.name } == 1
            let name = hasOne ? entry.name : "\(entry.name) \(entry.release.stream)"
            // Room for the name and the ring.
            return Stone(entry: entry, name: name, least: Double(name.count) * 6.8 + 38)
        }
        var courses: [[Stone]] = []
        var room = 0.0
        for stone in stones {
            if courses.isEmpty || room < stone.least {
                courses.append([])
                room = Self.width
            }
            courses[courses.count - 1].append(stone)
            room -= stone.least + Self.joint
        }
        return courses.map(fitted)
    }

    private func fitted(_ course: [Stone]) -> [Stone] {
        let joints = Double(course.count - 1) * Self.joint
        let spare = (Self.width - joints - course.reduce(0) { $0 + $1.least }) / Double(course.count)
        var x = 0.0
        return course.map { stone in
            var stone = stone
            stone.x = x
            stone.width = stone.least + spare
            x += stone.width + Self.joint
            return stone
        }
    }

    /// What is told of a build's findings: never that nothing is left where nothing could be seen.
    enum Mark { case settled, left, unknown }
    static func mark(of assessment: Assessment?) -> Mark {
        guard let assessment else { return .unknown }
        if assessment.counts.afterVEX.total > 0 { return .left }
        return assessment.isSettled ? .settled : .unknown
    }

    private func node(_ stone: Stone, y: Double, row: Int, of rows: Int) -> Node {
        let entry = stone.entry
        let mark = Self.mark(of: entry.assessment)
        let hasEnded = entry.hasEnded(at: now)
        let told = (entry.assessment?.headline ?? "not assessed") + (hasEnded ? ", end of life" : "")
        let tone = row * 3 >= rows * 2 ? "st3" : row * 3 >= rows ? "st2" : "st1"
        func number(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
        let place: [Attribute] = [
            .with("x", number(stone.x)), .with("y", number(y)), .with("width", number(stone.width)), .with("height", number(Self.height)),
            .with("rx", "1.5"),
        ]
        return el("a", .href(entry.address), .label("\(entry.reference): \(told)")) {
            el("title", text: "\(entry.reference): \(told)")
            Node.element("rect", [.class("face " + tone)] + place, [])
            if hasEnded { Node.element("rect", place + [.with("fill", "url(#hatch)"), .with("opacity", ".38")], []) }
            el("text", .class("sn"), .with("x", number(stone.x + 9)), .with("y", number(y + 23)), text: stone.name)
            if mark != .settled {
                let (x, middle) = (number(stone.x + stone.width - 12), number(y + Self.height / 2))
                el("circle", .class(mark == .left ? "ring" : "ring unknown"), .with("cx", x), .with("cy", middle), .with("r", "4.75"))
                if mark == .left { el("circle", .class("mark"), .with("cx", x), .with("cy", middle), .with("r", "2")) }
            }
        }
    }
}
