// SPDX-License-Identifier: Apache-2.0
import Base
import OCI
import Testing

@Suite struct DocumentTests {
    private let layer = Content(Array("layer".utf8), mediaType: MediaType.layerGzip)
    private let created = Timestamp(seconds: 1_700_000_000)

    private func config(history: [HistoryEntry] = []) throws -> ImageConfig {
        try ImageConfig(
            platform: .armhf, created: created,
            config: RuntimeConfig(
                user: "65532:65532", exposedPorts: ["8080/tcp", "80/tcp"], environment: ["PATH=/usr/bin"],
                entrypoint: ["/usr/bin/python3.13"],
                workingDirectory: "/", labels: [Annotation.title: "python"], stopSignal: "SIGTERM"),
            diffIDs: [layer.digest], history: history)
    }

    @Test func `a configuration has the member names of the specification`() throws {
        let text = String(
            decoding: try config(history: [HistoryEntry(created: created, createdBy: "ashlar")]).content().bytes, as: UTF8.self)
        #expect(
            text == #"{"architecture":"arm","config":{"Entrypoint":["/usr/bin/python3.13"],"Env":["PATH=/usr/bin"],"#
                + #""ExposedPorts":{"80/tcp":{},"8080/tcp":{}},"Labels":{"org.opencontainers.image.title":"python"},"#
                + #""StopSignal":"SIGTERM","User":"65532:65532","WorkingDir":"/"},"created":"2023-11-14T22:13:20Z","#
                + #""history":[{"created":"2023-11-14T22:13:20Z","created_by":"ashlar"}],"os":"linux","#
                + #""rootfs":{"diff_ids":["\#(layer.digest)"],"type":"layers"},"variant":"v7"}"#)
    }

    @Test func `what is written is read back`() throws {
        let config = try config()
        let configContent = try config.content()
        let manifest = ImageManifest(config: configContent.descriptor, layers: [layer.descriptor], annotations: ["a": "b"])
        let manifestContent = try manifest.content()
        var descriptor = manifestContent.descriptor
        descriptor.platform = DescriptorPlatform(.armhf)
        let index = ImageIndex(manifests: [descriptor])
        #expect(try ImageConfig(reading: configContent.bytes) == config)
        #expect(try ImageManifest(reading: manifestContent.bytes) == manifest)
        #expect(try ImageIndex(reading: index.content().bytes) == index)
        #expect(index.manifest(for: .armhf) == descriptor)
        #expect(index.manifest(for: .arm64) == nil)
    }

    @Test func `non-empty history entries must equal the layers`() throws {
        #expect(throws: OCIError.historyMismatch(history: 2, diffIDs: 1)) { try config(history: [HistoryEntry(), HistoryEntry()]) }
        _ = try config(history: [HistoryEntry(emptyLayer: true), HistoryEntry(), HistoryEntry(emptyLayer: true)])
        let bytes = Array(
            #"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"history":[{"created_by":"x"}]}"#.utf8)
        #expect(throws: OCIError.historyMismatch(history: 1, diffIDs: 0)) { try ImageConfig(reading: bytes) }
    }

    @Test func `an arm64 manifest is found with and without its variant`() throws {
        var plain = layer.descriptor
        plain.platform = DescriptorPlatform(.arm64)
        var versioned = plain
        versioned.platform?.variant = "v8"
        #expect(ImageIndex(manifests: [plain]).manifest(for: .arm64) == plain)
        #expect(ImageIndex(manifests: [versioned]).manifest(for: .arm64) == versioned)
    }

    @Test func `members that are not known are ignored`() throws {
        let bytes = Array(
            #"{"schemaVersion":2,"config":{"mediaType":"m","digest":"\#(layer.digest)","size":5,"urls":[]},"layers":[],"new":{"x":[1]}}"#
                .utf8)
        let manifest = try ImageManifest(reading: bytes)
        #expect(manifest.config.size == 5 && manifest.mediaType == nil)
    }

    @Test(arguments: [
        #"{"schemaVersion":1,"config":C,"layers":[]}"#,
        #"{"schemaVersion":2,"config":C,"layers":[],"manifests":[]}"#,
        #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","config":C,"layers":[]}"#,
        #"{"schemaVersion":2,"config":{"mediaType":"m","digest":"sha256:00","size":5},"layers":[]}"#,
        #"{"schemaVersion":2,"config":{"mediaType":"m","digest":"sha256:../../etc/passwd","size":5},"layers":[]}"#,
        #"{"schemaVersion":2,"config":C,"layers":[{"mediaType":"m","digest":"D","size":-1}]}"#,
        #"{"schemaVersion":2,"config":C,"config":C,"layers":[]}"#, #"{"schemaVersion":2,"config":C}"#, #"[]"#, "", "{", "\u{FEFF}{}",
    ])
    func `a hostile manifest is refused`(_ text: String) {
        let config = #"{"mediaType":"m","digest":"D","size":5}"#
        let bytes = Array(text.replacing("C", with: config).replacing("D", with: layer.digest.description).utf8)
        #expect(throws: OCIError.self) { try ImageManifest(reading: bytes) }
    }

    @Test(arguments: [
        #"{"schemaVersion":2,"manifests":[],"layers":[]}"#, #"{"schemaVersion":2,"manifests":[],"config":{}}"#, #"{"schemaVersion":2}"#,
        #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","manifests":[]}"#,
    ])
    func `a hostile index is refused`(_ text: String) { #expect(throws: OCIError.self) { try ImageIndex(reading: Array(text.utf8)) } }

    @Test func `a document above the limit is refused before it is read`() {
        let bytes = [UInt8](repeating: 0x20, count: ImageManifest.limit + 1)
        #expect(throws: OCIError.documentTooLarge(kind: "image manifest", limit: ImageManifest.limit, found: bytes.count)) {
            try ImageManifest(reading: bytes)
        }
    }

    @Test func `a descriptor checks size and digest of bytes`() throws {
        try layer.descriptor.check(layer.bytes)
        #expect(throws: OCIError.sizeMismatch(digest: layer.digest, expected: 5, found: 4)) {
            try layer.descriptor.check(Array("laye".utf8))
        }
        #expect(throws: OCIError.self) { try layer.descriptor.check(Array("lAyer".utf8)) }
    }

    @Test func `the empty blob is the one of the specification`() {
        #expect(Content.empty.digest.hex == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")
    }

    @Test func `a layout names its manifests`() throws {
        let layout = OCILayout(naming: [("3.13", layer.descriptor), (nil, Content.empty.descriptor)])
        let again = try OCILayout(header: OCILayout.header, index: layout.indexBytes())
        #expect(again == layout)
        #expect(again.manifest(named: "3.13")?.digest == layer.digest)
        #expect(OCILayout.path(of: layer.digest) == "blobs/sha256/\(layer.digest.hex)")
        #expect(throws: OCIError.self) {
            try OCILayout(header: Array(#"{"imageLayoutVersion":"2.0.0"}"#.utf8), index: layout.indexBytes())
        }
    }
}
