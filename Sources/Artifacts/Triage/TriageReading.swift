// SPDX-License-Identifier: Apache-2.0
import Base
import VEX

extension RecipeLoader {
    /// Every statement of `vex/` and of the images' own `vex/`, in the order of files and lines.
    package func triage() throws -> [TriageStatement] {
        var reading = CatalogReading(files)
        let statements = try reading.triage()
        try reading.refuseProblems()
        return statements
    }
}

extension CatalogReading {
    mutating func triage() throws -> [TriageStatement] {
        let images = files.folders(in: "images/")
        var statements: [TriageStatement] = []
        for name in files.names(in: "vex/", ending: ".yaml") {
            statements += try triage("vex/\(name).yaml", image: nil, images: images)
        }
        for image in images {
            for name in files.names(in: "images/\(image)/vex/", ending: ".yaml") {
                statements += try triage("images/\(image)/vex/\(name).yaml", image: image, images: images)
            }
        }
        refuseContradictions(statements)
        return statements
    }

    private mutating func triage(_ path: String, image: String?, images: [String]) throws -> [TriageStatement] {
        let drafts = try read(path, as: TriageShape.file, purpose: "triage") ?? []
        let streams = image.map(streamNames) ?? []
        return drafts.map { draft in
            if let misplaced = image == nil ? draft.streams : draft.images {
                let key = image == nil ? "streams" : "images"
                report(
                    .contradiction(
                        misplaced.place, expected: image == nil ? "images in a file for all images" : "streams in a file of one image",
                        found: key,
                        fix: image == nil ? "move the statement into images/<name>/vex/" : "remove it; the file is about \(image ?? "")"))
            }
            for named in draft.images?.value ?? [] where image == nil && !images.contains(named.value) {
                report(.unknownName(named.place, kind: "image", name: named.value, known: images))
            }
            for named in draft.streams?.value ?? [] where image != nil && !streams.contains(named.value) {
                report(.unknownName(named.place, kind: "stream", name: named.value, known: streams))
            }
            return TriageStatement(
                place: draft.place, vulnerability: draft.vulnerability, aliases: draft.aliases.sorted(),
                images: image.map { [$0] } ?? draft.images?.value.map(\.value) ?? [],
                streams: draft.streams?.value.map(\.value) ?? [], package: draft.package,
                status: VEXStatus(rawValue: draft.status) ?? .underInvestigation,
                justification: draft.justification.flatMap(VEXJustification.init), impact: draft.impact, action: draft.action,
                notes: draft.notes, evidence: draft.evidence, author: draft.author, timestamp: draft.timestamp, expires: draft.expires)
        }
    }

    // As their tags begin: of streams the names of the files, of variants what has a lock beside them or stands in the recipe.
    private func streamNames(_ image: String) -> [String] {
        let folder = "images/\(image)/"
        let recipes = files.names(in: folder, ending: ".yaml").filter { $0 != "image" }
        return Set(recipes + files.names(in: folder, ending: ".lock.json")).sorted()
    }

    // Two statements about the same thing: nobody could say which counts.
    private mutating func refuseContradictions(_ statements: [TriageStatement]) {
        var seen: [String: [TriageStatement]] = [:]
        for statement in statements {
            for name in statement.names {
                for other in seen[name] ?? []
                where other.place != statement.place && other.package == statement.package && other.overlaps(statement) {
                    report([
                        .duplicate(statement.place, kind: "statement", name: "\(name) in \(statement.package), as at \(other.place)")
                    ])
                }
                seen[name, default: []].append(statement)
            }
        }
    }
}

extension TriageStatement {
    fileprivate func overlaps(_ other: TriageStatement) -> Bool {
        func meet(_ a: [String], _ b: [String]) -> Bool { a.isEmpty || b.isEmpty || !Set(a).isDisjoint(with: b) }
        return meet(images, other.images) && meet(streams, other.streams)
    }
}
