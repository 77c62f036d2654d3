// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import TestKit
import Testing

@testable import Blobs

@Suite struct UploadTests {
    let scratch: TestFolder
    let store: FileBlobStore
    init() throws {
        scratch = try TestFolder()
        store = try FileBlobStore(folder: scratch.path)
    }

    private func append(_ text: String, to upload: Upload) throws {
        let appended = try Array(text.utf8).withUnsafeBytes { try upload.append($0) }
        #expect(appended == .written)
    }

    private func resumed(_ id: String, _ folder: UploadFolder, in repository: String = "a") throws -> Upload {
        guard case .open(let upload) = try folder.resume(id, in: repository) else { throw CancellationError() }
        return upload
    }

    @Test func `an upload becomes a blob when its digest fits`() throws {
        let folder = try UploadFolder(store: store)
        let upload = try #require(try folder.begin(in: "a"))
        try append("hello", to: upload)
        let digest = Digest.sha256(of: "hello")
        #expect(try upload.finish(expecting: .sha256(digest)) == .stored(digest, size: 5, isNew: true))
        #expect(try store.read(digest) == Array("hello".utf8))
        let mode = try FileManager.default.attributesOfItem(atPath: store.path(of: digest))[.posixPermissions] as? Int
        #expect(mode == 0o444)
        #expect(scratch.names(in: "uploads").isEmpty)
    }

    @Test func `a blob that is there is kept, and counts as used now`() throws {
        let digest = try store.write(Array("hello".utf8))
        let path = try store.path(of: digest)
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1000)], ofItemAtPath: path)
        let folder = try UploadFolder(store: store)
        let upload = try #require(try folder.begin(in: "a"))
        try append("hello", to: upload)
        #expect(try upload.finish(expecting: .sha256(digest)) == .stored(digest, size: 5, isNew: false))
        let date = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        #expect((date?.timeIntervalSince1970 ?? 0) > 1_000_000)
        #expect(scratch.names(in: "uploads").isEmpty)
    }

    @Test func `an upload goes on in another process from the bytes that are there`() throws {
        let id: String
        do {
            let folder = try UploadFolder(store: store)
            let upload = try #require(try folder.begin(in: "a"))
            try append("hel", to: upload)
            id = upload.id
        }
        let folder = try UploadFolder(store: store)
        #expect(try folder.size(of: id, in: "a") == 3)
        let upload = try resumed(id, folder)
        try append("lo", to: upload)
        let wide = WideDigest.sha512(of: Array("hello".utf8))
        guard case .stored(let digest, 5, true) = try upload.finish(expecting: .sha512(wide)) else {
            Issue.record("not stored")
            return
        }
        #expect(digest == .sha256(of: "hello"))
    }

    @Test func `an upload is found through its repository only, and by one at a time`() throws {
        let folder = try UploadFolder(store: store)
        let upload = try #require(try folder.begin(in: "a"))
        guard case .unknown = try folder.resume(upload.id, in: "b") else {
            Issue.record("found through another repository")
            return
        }
        guard case .busy = try folder.resume(upload.id, in: "a") else {
            Issue.record("two hold it")
            return
        }
        #expect(try folder.size(of: upload.id, in: "a") == 0)
        #expect(try folder.size(of: "../a", in: "a") == nil)
    }

    @Test func `what was changed behind our back does not get the name of what was hashed`() throws {
        let folder = try UploadFolder(store: store)
        var id = ""
        do {
            let upload = try #require(try folder.begin(in: "a"))
            id = upload.id
            try append("hello", to: upload)
        }
        let name = try #require(scratch.names(in: "uploads").first)
        let file = try #require(FileHandle(forWritingAtPath: scratch.path + "/uploads/" + name))
        try file.seekToEnd()
        try file.write(contentsOf: Data("!".utf8))
        try file.close()
        let upload = try resumed(id, folder)
        #expect(upload.size == 6)
        guard case .mismatch = try upload.finish(expecting: .sha256(.sha256(of: "hello"))) else {
            Issue.record("stored other bytes")
            return
        }
        #expect(try !store.contains(.sha256(of: "hello")))
    }

    @Test func `an upload that was given up is removed, one under way is not`() throws {
        let folder = try UploadFolder(store: store, limits: .init(patience: 60))
        _ = try folder.begin(in: "a")
        let open = try #require(try folder.begin(in: "a"))
        #expect(folder.sweep(now: Int(Date().timeIntervalSince1970) + 30) == 0)
        #expect(folder.sweep(now: Int(Date().timeIntervalSince1970) + 90) == 1)
        #expect(scratch.names(in: "uploads").count == 1)
        open.cancel()
        #expect(scratch.names(in: "uploads").isEmpty)
    }

    @Test func `a large upload is told to the disk on the way and stays whole`() throws {
        let folder = try UploadFolder(store: store)
        let upload = try #require(try folder.begin(in: "a"))
        let piece = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        var hasher = DigestHasher()
        for _ in 0..<4 {
            #expect(try piece.withUnsafeBytes { try upload.append($0) } == .written)
            piece.withUnsafeBytes { hasher.update($0) }
        }
        let digest = hasher.finish()
        #expect(try upload.finish(expecting: .sha256(digest)) == .stored(digest, size: 12 << 20, isNew: true))
        try store.verify(digest)
    }

    @Test func `too many bytes and too many uploads are refused`() throws {
        let folder = try UploadFolder(store: store, limits: .init(size: 4, count: 1))
        let upload = try #require(try folder.begin(in: "a"))
        try append("1234", to: upload)
        #expect(try [UInt8(1)].withUnsafeBytes { try upload.append($0) } == .tooLarge)
        #expect(try folder.begin(in: "a") == nil)
        upload.cancel()
        #expect(try folder.begin(in: "a") != nil)
    }

    @Test func `one caller, or one repository, does not take all the places`() throws {
        let folder = try UploadFolder(store: store, limits: .init(count: 10, share: 3))
        var open: [Upload] = []
        for number in 0..<3 { open.append(try #require(try folder.begin(in: "a\(number)", for: "mallory"))) }
        #expect(try folder.begin(in: "b", for: "mallory") == nil)
        for number in 0..<3 { open.append(try #require(try folder.begin(in: "c", for: "caller \(number)"))) }
        #expect(try folder.begin(in: "c", for: "ada") == nil)
        open.append(try #require(try folder.begin(in: "b", for: "ada")))
        open[0].cancel()
        open[3].cancel()
        #expect(try folder.begin(in: "c", for: "mallory") != nil)
        // After a restart it is not known whose they are; the repositories are.
        let again = try UploadFolder(store: store, limits: .init(count: 10, share: 3))
        #expect(try again.begin(in: "c", for: "ada") == nil)
        #expect(try again.begin(in: "b", for: "mallory") != nil)
    }

    @Test func `an upload without a byte is given up soon, and others when a collection says so`() throws {
        let folder = try UploadFolder(store: store)
        _ = try folder.begin(in: "a")
        try append("hel", to: try #require(try folder.begin(in: "a")))
        let now = Int(Date().timeIntervalSince1970)
        #expect(folder.sweep(now: now + 590) == 0)
        #expect(folder.sweep(now: now + 610) == 1)
        // However young a collection goes, what may be under way stays.
        #expect(folder.sweep(now: now + 590, unusedSince: now + 590) == 0)
        #expect(folder.sweep(now: now + 7200, unusedSince: now - 60) == 0)
        #expect(folder.sweep(now: now + 7200, unusedSince: now + 3600) == 1)
        #expect(scratch.names(in: "uploads").isEmpty)
    }

    @Test func `bytes that rotted make room for the same ones sent again`() throws {
        let digest = try store.write(Array("good".utf8))
        let path = try store.path(of: digest)
        for _ in 0..<2 {
            try FileManager.default.removeItem(atPath: path)
            try Data("evil".utf8).write(to: URL(filePath: path))
            let upload = try #require(try UploadFolder(store: store).begin(in: "a"))
            try append("good", to: upload)
            // It was there before: whoever may collect it may still.
            #expect(try upload.finish(expecting: .sha256(digest)) == .stored(digest, size: 4, isNew: false))
            try store.verify(digest)
        }
        try FileManager.default.removeItem(atPath: path)
        try Data("evil".utf8).write(to: URL(filePath: path))
        let file = try #require(try store.damagedFile(digest))
        #expect(try !store.keep(Array("good".utf8)).isNew)
        try store.verify(digest)
        // The good file is not set aside for what its predecessor was.
        #expect(try store.setAside(digest, ifStill: file) == nil)
        try store.verify(digest)
    }

    // MARK: - Collecting

    @Test func `a blob is collected only when it was not used since`() throws {
        let digest = try store.write(Array("old".utf8))
        let now = Int(Date().timeIntervalSince1970)
        #expect(try !store.collect(digest, unusedSince: now - 10))
        #expect(try store.contains(digest))
        #expect(try store.collect(digest, unusedSince: now + 10))
        #expect(try !store.contains(digest))
        #expect(try store.collect(digest, unusedSince: now + 10))
    }

    @Test func `a damaged blob is set aside and can be stored anew`() throws {
        let digest = try store.write(Array("good".utf8))
        let path = try store.path(of: digest)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        try Data("evil".utf8).write(to: URL(filePath: path))
        #expect(try store.computedDigest(of: digest) != digest)
        let file = try #require(try store.damagedFile(digest))
        let aside = try #require(try store.setAside(digest, ifStill: file))
        #expect(FileManager.default.contents(atPath: aside) == Data("evil".utf8))
        #expect(try store.keep(Array("good".utf8)).isNew)
        try store.verify(digest)
    }

    @Test func `a folder is copied file by file, and again only what is new`() throws {
        try store.write(Array("one".utf8))
        let target = scratch.path + "/copy"
        let copy = FolderCopy(from: scratch.path, to: target, by: .copy)
        #expect(try copy.copy(folder: "blobs/sha256") == 3)
        try store.write(Array("three".utf8))
        #expect(try copy.copy(folder: "blobs/sha256") == 5)
        let other = try FileBlobStore(folder: target, access: .readOnly)
        #expect(other.digests() == store.digests())
        for digest in other.digests() { try other.verify(digest) }
        let linked = FolderCopy(from: scratch.path, to: scratch.path + "/links", by: .link)
        #expect(try linked.copy(folder: "blobs/sha256") == 0)
        #expect(try FileBlobStore(folder: scratch.path + "/links", access: .readOnly).digests() == store.digests())
    }
}
