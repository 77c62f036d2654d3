// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import TestKit
import Testing

@testable import Blobs

@Suite struct FileBlobStoreTests {
    let scratch: TestFolder
    let store: FileBlobStore

    init() throws {
        scratch = try TestFolder()
        store = try FileBlobStore(folder: scratch.path + "/store")
    }

    @Test(arguments: [0, 1, 4096, 3_000_000]) func `what was written is read back under its digest`(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let digest = try store.write(bytes)
        #expect(digest == Digest.sha256(of: bytes))
        #expect(try store.size(of: digest) == count)
        #expect(try store.read(digest) == bytes)
        #expect(try store.map(digest).array == bytes)
        #expect(try store.path(of: digest).hasSuffix("/blobs/sha256/" + digest.hex))
        try store.verify(digest)
    }

    @Test func `storing twice is one blob and leaves no temporary file`() throws {
        try store.write([1, 2, 3])
        try store.write([1, 2, 3])
        #expect(store.digests() == [Digest.sha256(of: [1, 2, 3])])
        #expect(scratch.names(in: "store/blobs/incoming").isEmpty)
    }

    @Test func `a blob that is missing is an error with its digest`() throws {
        let digest = Digest.sha256(of: "nothing")
        #expect(try store.size(of: digest) == nil)
        #expect(throws: BlobsError.missing(digest, folder: store.folder)) { try store.read(digest) }
        #expect(throws: BlobsError.missing(digest, folder: store.folder)) { try store.path(of: digest) }
    }

    @Test func `a file is adopted by moving it`() throws {
        let path = try scratch.file("download", [7, 8, 9])
        let digest = Digest.sha256(of: [7, 8, 9])
        try store.adopt(file: path, expecting: digest)
        #expect(try store.read(digest) == [7, 8, 9])
        #expect(!scratch.exists("download"))
        let again = try scratch.file("again", [7, 8, 9])
        try store.adopt(file: again, expecting: digest)
        #expect(!scratch.exists("again"))
    }

    @Test func `a file with other bytes is refused and removed`() throws {
        let path = try scratch.file("download", [6, 6, 6])
        let digest = Digest.sha256(of: [7, 8, 9])
        #expect(throws: BlobsError.mismatch(expected: digest, found: Digest.sha256(of: [6, 6, 6]), path: path)) {
            try store.adopt(file: path, expecting: digest)
        }
        #expect(!scratch.exists("download"))
        #expect(try !store.contains(digest))
        #expect(scratch.names(in: "store/blobs/incoming").isEmpty)
    }

    @Test func `a symbolic link or a folder is not adopted`() throws {
        let target = try scratch.file("target", [1])
        try FileManager.default.createSymbolicLink(atPath: scratch.path + "/link", withDestinationPath: target)
        #expect(throws: BlobsError.self) { try store.adopt(file: scratch.path + "/link", expecting: Digest.sha256(of: [1])) }
        #expect(scratch.exists("target"))
        try FileManager.default.createDirectory(atPath: scratch.path + "/folder", withIntermediateDirectories: true)
        #expect(throws: BlobsError.self) { try store.adopt(file: scratch.path + "/folder", expecting: Digest.sha256(of: [1])) }
    }

    @Test func `downloads wait for a week to be resumed`() throws {
        for name in ["old.part", "young.part"] { try scratch.file("store/partial/" + name, [1]) }
        try scratch.age("store/partial/old.part", seconds: 8 * 86400)
        try scratch.age("store/partial/young.part", seconds: 6 * 86400)
        _ = try FileBlobStore(folder: store.folder, access: .readOnly)
        #expect(scratch.names(in: "store/partial") == ["old.part", "young.part"])
        _ = try FileBlobStore(folder: store.folder)
        #expect(scratch.names(in: "store/partial") == ["young.part"])
    }

    @Test func `a blob that the disk changed is found damaged, and removed where that may be`() throws {
        let digest = try store.write([1, 2, 3])
        let path = try store.path(of: digest)
        let reader = try FileBlobStore(folder: store.folder, access: .readOnly)
        for check in [{ try $0.verify(digest) }, { _ = try $0.verified(digest) }] as [(FileBlobStore) throws -> Void] {
            try FileManager.default.removeItem(atPath: path)
            try Data([1, 2, 4]).write(to: URL(filePath: path))
            #expect(throws: BlobsError.damaged(digest, path: path)) { try check(reader) }
            #expect(try store.contains(digest))
            #expect(throws: BlobsError.damaged(digest, path: path)) { try check(store) }
            #expect(try !store.contains(digest))
            try store.write([1, 2, 3])
            #expect(try store.verified(digest) == [1, 2, 3])
        }
    }

    @Test func `a blob of the wrong length is written again`() throws {
        let digest = try store.write([1, 2, 3])
        let path = try store.path(of: digest)
        try FileManager.default.removeItem(atPath: path)
        try Data([1]).write(to: URL(filePath: path))
        try store.write([1, 2, 3])
        #expect(try store.read(digest) == [1, 2, 3])
    }

    @Test func `deferred blobs are readable here and invisible to others until they are flushed`() async throws {
        let other = try FileBlobStore(folder: store.folder, access: .readOnly)
        let digest = try await store.withDeferredSync {
            let digest = try store.write([4, 5, 6])
            #expect(try store.read(digest) == [4, 5, 6])
            #expect(try store.map(digest).array == [4, 5, 6])
            #expect(FileManager.default.fileExists(atPath: try store.path(of: digest)))
            #expect(try other.size(of: digest) == nil)
            try store.flush()
            #expect(try other.size(of: digest) == 3)
            try store.write([7])
            return digest
        }
        #expect(try other.read(digest) == [4, 5, 6])
        #expect(try other.read(Digest.sha256(of: [7])) == [7])
        #expect(scratch.names(in: "store/blobs/incoming").isEmpty)
    }

    @Test func `deferred blobs are kept when the body fails`() async throws {
        struct Failure: Error {}
        await #expect(throws: Failure.self) {
            try await store.withDeferredSync {
                try store.write([4, 5, 6])
                throw Failure()
            }
        }
        #expect(try store.contains(Digest.sha256(of: [4, 5, 6])))
    }

    @Test func `many deferred blobs written at once are all kept`() async throws {
        let digests = try await store.withDeferredSync {
            try await (0..<600).concurrentMap(limit: 4) { number in try store.write([UInt8(number & 255), UInt8(number >> 8)]) }
        }
        #expect(Set(digests).count == 600)
        #expect(store.digests() == digests.sorted())
        #expect(scratch.names(in: "store/blobs/incoming").isEmpty)
    }

    @Test func `a store opened for reading refuses writes and creates nothing`() throws {
        let reader = try FileBlobStore(folder: scratch.path + "/absent", access: .readOnly)
        #expect(throws: BlobsError.self) { try reader.write([1]) }
        #expect(try reader.size(of: Digest.sha256(of: [1])) == nil)
        #expect(!scratch.exists("absent"))
    }

    @Test func `leftovers are removed when old and unlocked, and only then`() throws {
        let incoming = store.folder + "/blobs/incoming/"
        let old = Date(timeIntervalSinceNow: -7200)
        for name in ["1-old", "2-locked", "3-young"] { try Data([1]).write(to: URL(filePath: incoming + name)) }
        for name in ["1-old", "2-locked"] { try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: incoming + name) }
        let writer = try OpenFile(incoming + "2-locked", O_RDONLY, for: "read")
        #expect(writer.tryLock())
        _ = try FileBlobStore(folder: store.folder)
        #expect(scratch.names(in: "store/blobs/incoming") == ["2-locked", "3-young"])
        withExtendedLifetime(writer) {}
    }

    @Test func `a full disk is told as such`() throws {
        // /dev/full is the kernel's always-full device.
        let file = try OpenFile("/dev/full", O_WRONLY, for: "write")
        #expect(throws: BlobsError.full(path: "/dev/full")) {
            try [UInt8](repeating: 1, count: 8192).withUnsafeBytes { try file.write($0) }
        }
    }

    @Test(arguments: [
        (EROFS, "blobs.read-only"), (EACCES, "blobs.read-only"), (ENOSPC, "blobs.disk-full"), (EDQUOT, "blobs.disk-full"),
        (EIO, "blobs.io"),
    ])
    func `system errors become diagnoses with a remedy`(code: Int32, expected: String) {
        let diagnosis = BlobsError.last("write", "/store", code: code).diagnosis
        #expect(diagnosis.code == expected)
        #expect(!diagnosis.remedy.isEmpty)
    }
}
