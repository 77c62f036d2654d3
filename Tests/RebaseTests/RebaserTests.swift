// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Testing

@testable import Rebase

@Suite struct RebaserTests {
    private let old: PlatformDocuments
    private let new: PlatformDocuments

    init() throws {
        old = try AppImages.documents(["root", "old"], created: "2026-01-01T00:00:00Z", annotations: ["title": "Python", "v": "1"])
        new = try AppImages.documents(
            ["root", "new", "conf"], created: "2026-02-01T00:00:00Z", annotations: ["title": "Python", "v": "2"])
    }

    @Test func `layers of the base are replaced, those of the application stay byte for byte and in order`() throws {
        let app = try AppImages.documents(["root", "old", "a", "b"], types: ["b": MediaType.layerZstd])
        let rebased = try AppImages.rebase(app, from: old, onto: new)
        let documents = rebased.platforms[0].documents
        #expect(documents.diffIDs == ["root", "new", "conf", "a", "b"].map(AppImages.digest))
        #expect(documents.document.layers.suffix(2) == app.document.layers.suffix(2))
        #expect(documents.document.layers.prefix(3) == new.document.layers.prefix(3))
        #expect(
            documents.settings["history"]?.array?.compactMap { $0["created_by"]?.string } == [
                "makes root", "makes new", "makes conf", "makes a", "makes b",
            ])
        #expect(rebased.platforms[0].baseLayers == 3)
        #expect(rebased.platforms[0].application == app.manifest.digest)
    }

    @Test func `the date is the later of application and base, and equal inputs give equal bytes`() throws {
        let app = try AppImages.documents(["root", "old", "a"], created: "2026-01-15T00:00:00.5Z")
        #expect(try AppImages.rebase(app, from: old, onto: new).created == Timestamp(rfc3339: "2026-02-01T00:00:00Z"))
        let late = try AppImages.documents(["root", "old", "a"], created: "2026-03-15T00:00:00.25Z")
        let rebased = try AppImages.rebase(late, from: old, onto: new)
        #expect(rebased.platforms[0].documents.settings["created"]?.string == "2026-03-15T00:00:00.25Z")
        #expect(try AppImages.rebase(late, from: old, onto: new).digest == rebased.digest)
    }

    @Test func `there and back again is the image it was, save for what names the base`() throws {
        let app = try AppImages.documents(["root", "old", "a"], config: ["User": "1"])
        let there = try AppImages.rebase(app, from: old, onto: new).platforms[0].documents
        let back = try AppImages.rebase(there, from: new, onto: old).platforms[0].documents
        #expect(back.document.layers == app.document.layers)
        #expect(back.settings["history"] == app.settings["history"])
        #expect(back.settings["config"] == app.settings["config"])
    }

    @Test func `annotations name the new base, follow it where they were inherited and stay where they are the application's`() throws {
        let app = try AppImages.documents(["root", "old", "a"], annotations: ["v": "1", "title": "Shop", "team": "x"])
        let annotations = try AppImages.rebase(app, from: old, onto: new).platforms[0].documents.document.annotations
        #expect(
            annotations == [
                "v": "2", "title": "Shop", "team": "x", Annotation.baseDigest: new.manifest.digest.description,
                Annotation.baseName: "python:3.13",
            ])
        // What the application never took over does not appear.
        let plain = try AppImages.rebase(AppImages.documents(["root", "old", "a"]), from: old, onto: new).platforms[0].documents
        #expect(plain.document.annotations?["title"] == nil)
    }

    @Test func `members of a configuration that nobody knows stay`() throws {
        let app = try AppImages.documents(
            ["root", "old", "a"], config: ["Healthcheck": ["Test": ["CMD", "x"]]], more: ["author": "me", "x.example": ["a": 1]])
        let settings = try AppImages.rebase(app, from: old, onto: new).platforms[0].documents.settings
        #expect(settings["config"]?["Healthcheck"]?["Test"]?[1] == "x")
        #expect(settings["x.example"]?["a"] == 1)
        #expect(settings["author"] == "me")
    }

    @Test func `a history with empty layers is cut where the base ends, and none stays none`() throws {
        let app = try AppImages.documents(
            ["root", "old", "a"],
            history: [
                ["created_by": "root"], ["created_by": "ENV", "empty_layer": true], ["created_by": "old"],
                ["created_by": "USER", "empty_layer": true], ["created_by": "a"],
            ])
        let lines = try AppImages.rebase(app, from: old, onto: new).platforms[0].documents.settings["history"]?.array ?? []
        #expect(lines.compactMap { $0["created_by"]?.string } == ["makes root", "makes new", "makes conf", "USER", "a"])
        let silent = try AppImages.documents(["root", "old", "a"], history: [])
        #expect(try AppImages.rebase(silent, from: old, onto: new).platforms[0].documents.settings["history"]?.array == [])
    }

    @Test func `names of Docker become those of the specification, the bytes stay`() throws {
        let type = "application/vnd.docker.image.rootfs.diff.tar.gzip"
        let app = try AppImages.documents(["root", "old", "a"], types: ["a": type, "root": type, "old": type])
        let layers = try AppImages.rebase(app, from: old, onto: new).platforms[0].documents.document.layers
        #expect(layers.allSatisfy { $0.mediaType == MediaType.layerGzip })
        #expect(layers.last?.digest == app.document.layers.last?.digest)
    }

    @Test(arguments: [
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "text/plain",
    ]) func `layers that lie elsewhere or are no layers are refused`(type: String) throws {
        let app = try AppImages.documents(["root", "old", "a"], types: ["a": type])
        #expect(throws: RebaseError.unusableLayer(digest: AppImages.layer("a").digest, mediaType: type)) {
            try AppImages.rebase(app, from: old, onto: new)
        }
    }

    @Test func `an image that stands on something else is refused`() throws {
        let app = try AppImages.documents(["root", "other", "a"])
        #expect(throws: RebaseError.notBeneath(base: "python:3.13.5-r1", platform: .amd64)) {
            try AppImages.rebase(app, from: old, onto: new)
        }
    }

    @Test func `an index goes on listing its platforms with what else it says of them, and leaves attestations behind`() throws {
        let app = try AppImages.documents(["root", "old", "a"])
        let index: JSON = [
            "schemaVersion": 2, "mediaType": JSON(MediaType.dockerManifestList), "annotations": ["team": "x"],
            "manifests": [
                [
                    "mediaType": JSON(MediaType.dockerManifest), "digest": JSON(app.manifest.digest.description),
                    "size": JSON(app.manifest.bytes.count),
                    "platform": ["os": "linux", "architecture": "amd64", "os.features": ["f"]],
                ],
                [
                    "mediaType": JSON(MediaType.manifest), "digest": JSON(AppImages.digest("attestation").description), "size": 3,
                    "platform": ["os": "unknown", "architecture": "unknown"],
                ],
            ],
        ]
        let rebased = try AppImages.rebase(
            app, from: old, onto: new, index: Content(index.canonicalBytes, mediaType: MediaType.dockerManifestList))
        let content = try #require(rebased.index)
        let json = try JSON.parse(content.bytes)
        #expect(content.descriptor.mediaType == MediaType.index && json["mediaType"]?.string == MediaType.index)
        #expect(json["manifests"]?.array?.count == 1)
        #expect(json["manifests"]?[0]?["digest"]?.string == rebased.platforms[0].documents.manifest.digest.description)
        #expect(json["manifests"]?[0]?["platform"]?["os.features"]?[0] == "f")
        #expect(json["annotations"]?[Annotation.baseDigest]?.string == AppImages.release("3.13.5", 2).index.description)
        #expect(rebased.subjects.count == 2 && rebased.digest == content.digest)
    }

    @Test func `documents that contradict each other are none`() throws {
        let good = try AppImages.documents(["a", "b"])
        #expect(throws: OCIError.self) { try PlatformDocuments(manifest: good.manifest, config: Array("{}".utf8)) }
        var lying = good.settings.object ?? [:]
        lying["rootfs"] = ["type": "layers", "diff_ids": [JSON(AppImages.digest("a").description)]]
        lying["history"] = nil
        let bytes = JSON.object(lying).canonicalBytes
        let manifest = ImageManifest(config: Content(bytes, mediaType: MediaType.config).descriptor, layers: good.document.layers)
        #expect(throws: OCIError.self) { try PlatformDocuments(manifest: try manifest.content(), config: bytes) }
        let many = (0...PlatformDocuments.layerLimit).map { "l\($0)" }
        #expect(throws: OCIError.self) { try AppImages.documents(many) }
        #expect(throws: OCIError.self) { try AppImages.documents(["a"], platform: "sparc") }
    }
}

@Suite struct SettingsMergeTests {
    private func merged(_ app: JSON, _ old: JSON, _ new: JSON) -> (JSON, [String]) {
        var merge = SettingsMerge()
        let value = merge.merge(app, from: old, onto: new)
        return (value, merge.kept.map(\.name))
    }

    @Test func `what was left as it was follows the base, what was set stays`() {
        let (value, kept) = merged(
            ["User": "65532", "WorkingDir": "/app", "StopSignal": "SIGTERM"],
            ["User": "65532", "WorkingDir": "/", "StopSignal": "SIGTERM"],
            ["User": "65533", "WorkingDir": "/"])
        #expect(value == ["User": "65533", "WorkingDir": "/app"])
        #expect(kept.isEmpty)
    }

    @Test func `where both changed it the application's value stands and is told`() {
        let (value, kept) = merged(["User": "7"], ["User": "1"], ["User": "2"])
        #expect(value == ["User": "7"] && kept == ["User"])
        #expect(merged(["User": "2"], ["User": "1"], ["User": "2"]).1.isEmpty)
    }

    @Test func `variables are settled one by one, in the order of the base`() {
        let (value, kept) = merged(
            ["Env": ["A=1", "PATH=/app:/bin", "MINE=x", "OLD=1"]], ["Env": ["A=1", "PATH=/bin", "OLD=1"]],
            ["Env": ["PATH=/usr/bin:/bin", "A=2", "NEW=1"]])
        #expect(value["Env"] == ["PATH=/app:/bin", "A=2", "NEW=1", "MINE=x"])
        #expect(kept == ["Env PATH"])
    }

    @Test func `labels, ports and volumes are settled key by key`() {
        let (value, kept) = merged(
            ["Labels": ["v": "1", "own": "x"], "ExposedPorts": ["80/tcp": [:], "1/tcp": [:]]],
            ["Labels": ["v": "1"], "ExposedPorts": ["80/tcp": [:]]], ["Labels": ["v": "2"], "ExposedPorts": ["8080/tcp": [:]]])
        #expect(value["Labels"] == ["v": "2", "own": "x"])
        #expect(value["ExposedPorts"] == ["8080/tcp": [:], "1/tcp": [:]])
        #expect(kept.isEmpty)
    }

    @Test func `a command of the base does not come back behind the application's program`() {
        let (value, kept) = merged(["Entrypoint": ["/app"]], ["Entrypoint": ["/py"]], ["Entrypoint": ["/py"], "Cmd": ["-x"]])
        #expect(value == ["Entrypoint": ["/app"]])
        #expect(kept == ["Cmd"])
        #expect(
            merged(["Entrypoint": ["/py"], "Cmd": ["a.py"]], ["Entrypoint": ["/py"]], ["Entrypoint": ["/py3"]]).0 == [
                "Entrypoint": ["/py3"], "Cmd": ["a.py"],
            ])
        #expect(merged(["Cmd": ["sh"]], ["Cmd": ["sh"]], ["Entrypoint": ["/x"], "Cmd": ["y"]]).0 == ["Entrypoint": ["/x"], "Cmd": ["y"]])
    }

    @Test func `nothing, null and empty are the same`() {
        #expect(merged(["Cmd": .null, "Entrypoint": [], "User": ""], [:], ["User": "1", "Cmd": ["c"]]).0 == ["User": "1", "Cmd": ["c"]])
    }
}
