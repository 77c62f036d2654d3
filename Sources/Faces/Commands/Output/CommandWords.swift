// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Base

/// The words that lead to a command: `keys generate`.
enum CommandWords {
    /// What is wrong with the words in front of the options; nil when they lead to a command.
    ///
    /// Asked before the arguments are parsed: the parser would call a command it does not know an unexpected argument.
    static func mistake(in arguments: [String], of root: any ParsableCommand.Type = Ashlar.self) -> NameError? {
        var level = root.configuration
        var path = "ashlar"
        for word in arguments {
            let names = names(below: level)
            guard !names.isEmpty, level.defaultSubcommand == nil, !word.hasPrefix("-"), word != "help" else { return nil }
            guard let next = names.first(where: { $0.name == word || $0.command.aliases.contains(word) }) else {
                return .unknownCommand(word, of: path, known: names.filter { $0.command.shouldDisplay }.map { $0.name })
            }
            level = next.command
            path += " " + next.name
        }
        return nil
    }

    private static func names(below command: CommandConfiguration) -> [(name: String, command: CommandConfiguration)] {
        command.subcommands.map { ($0._commandName, $0.configuration) }
    }
}
