// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import TestKit
import Testing

@testable import Blobs

@Suite struct CacheFolderTests {
    let scratch: TestFolder
    let cache: CacheFolder

    init() throws {
        scratch = try TestFolder()
        cache = CacheFolder(store: scratch.path)
    }

    @Test(arguments: [[], [1, 2, 3], [UInt8](repeating: 7, count: 100_000)]) func `what was stored is found`(payload: [UInt8]) throws {
        try cache.store(payload, as: "key-1", in: "layers")
        #expect(cache.file("key-1", in: "layers")?.array == payload)
        #expect(cache.file("key-1", in: "layers", checking: .trailer)?.count == payload.count)
        #expect(cache.keys(in: "layers") == ["key-1"])
        try cache.store([9], as: "key-1", in: "layers")
        #expect(cache.file("key-1", in: "layers")?.array == [9])
        try cache.remove("key-1", in: "layers")
        #expect(cache.file("key-1", in: "layers") == nil)
    }

    @Test func `a mapping outlives the file it was made from`() throws {
        try cache.store([1, 2, 3], as: "key", in: "n")
        let file = try #require(cache.file("key", in: "n"))
        try cache.store([4, 5, 6], as: "key", in: "n")
        #expect(file.array == [1, 2, 3])
    }

    @Test func `what killed processes left unfinished is swept when it is old`() throws {
        try cache.store([1], as: "key", in: "layer")
        for name in ["1-old.new", "2-young.new"] { try scratch.file("cache/layer/" + name, [1]) }
        for name in ["1-old.new", "key"] { try scratch.age("cache/layer/" + name, seconds: 7200) }
        cache.sweep()
        #expect(scratch.names(in: "cache/layer") == ["2-young.new", "key"])
    }

    @Test(arguments: ["flip", "truncate", "empty", "extend", "foreign"]) func `a damaged file is deleted and counts as absent`(
        damage: String
    ) throws {
        try cache.store([UInt8](repeating: 7, count: 1000), as: "key", in: "n")
        let url = URL(filePath: scratch.path + "/cache/n/key")
        var data = try Data(contentsOf: url)
        switch damage {
        case "flip": data[500] ^= 1
        case "truncate": data.removeLast(10)
        case "empty": data = Data()
        case "extend": data.append(0)
        default: data = Data(repeating: 0x61, count: 1048)
        }
        try data.write(to: url)
        #expect(cache.file("key", in: "n") == nil)
        #expect(!scratch.exists("cache/n/key"))
    }

    @Test(arguments: ["", "..", "a/b", ".hidden", "a b", "ü", String(repeating: "x", count: 201), "x.new", "a\0b"])
    func `a name that is not plain is refused`(name: String) {
        #expect(throws: BlobsError.badName(name)) { try cache.store([1], as: name, in: "n") }
        #expect(throws: BlobsError.badName(name)) { try cache.store([1], as: "k", in: name) }
        #expect(cache.file(name, in: "n") == nil)
    }
}
