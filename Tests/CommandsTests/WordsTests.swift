// SPDX-License-Identifier: Apache-2.0
import Base
import Testing

@testable import Commands

@Suite struct CommandWordsTests {
    @Test(arguments: [
        [], ["build"], ["build", "anything"], ["--help"], ["keys"], ["keys", "generate", "x"], ["help", "biuld"],
        ["store", "--store", "gcc"],
        ["tokens", "create", "ci"], ["--version"],
    ]) func `words that lead to a command, or to help, are left to the parser`(_ arguments: [String]) {
        #expect(CommandWords.mistake(in: arguments) == nil)
    }

    @Test(arguments: [
        (["bild"], "ashlar", "did you mean `ashlar build`?"), (["keys", "genrate"], "ashlar keys", "did you mean `ashlar keys generate`?"),
        (["store", "gcc", "--dry-run"], "ashlar store", "did you mean `ashlar store gc`?"),
        (["accounts", "xyzzy"], "ashlar accounts", "write one of add, set, remove, list"),
    ]) func `another word is told with the nearest command`(_ arguments: [String], _ parent: String, _ remedy: String) {
        let diagnosis = CommandWords.mistake(in: arguments)?.diagnosis
        #expect(diagnosis?.kind == .usage && diagnosis?.summary.contains("a command of `\(parent)`") == true)
        #expect(diagnosis?.remedy.contains(remedy) == true, "\(diagnosis?.remedy ?? "")")
    }
}

@Suite struct NameErrorTests {
    @Test func `an image that was not published is told with the nearest, or with the way to publish one`() {
        let known = ["base:13", "python:3.13"]
        #expect(NameError.unknownImage("pyton", known: known).diagnosis.remedy.contains("did you mean `python:3.13`?"))
        #expect(NameError.unknownImage("zzz", known: known).diagnosis.remedy.contains("such as base:13"))
        #expect(NameError.unknownImage("x:1", known: []).diagnosis.remedy.contains("ashlar build x:1"))
        #expect(NameError.unknownImage("x:1", known: []).diagnosis.kind == .notFound)
    }

    @Test func `a package is not called an image`() {
        let diagnosis = NameError.unknownPackage("libsl3", place: "the lock of a:1", known: ["libssl3", "libc6"]).diagnosis
        #expect(diagnosis.code == "command.unknown-package" && diagnosis.remedy == "did you mean `libssl3`?")
        #expect(!diagnosis.summary.contains("image"))
    }
}
