// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Attest
import Base
import Foundation
import Glibc
import Records
import Signing
import Sigstore
import Synchronization

/// Runs on the first thread, without concurrency: giving up root must reach every thread (`Ashlar.start`).
struct SignerCommand: ParsableCommand {
    static let name = "signer"
    static let configuration = CommandConfiguration(
        commandName: "signer", abstract: "Runs the process that has the keys, and signs what this store's builds made.",
        discussion: """
            Started as root it becomes the user of --user (ashlar-signer) after it has read the keys. The passphrase comes from \
            --passphrase-file, ASHLAR_KEY_PASSPHRASE, or systemd's credential `passphrase`. Every signature and every refusal is a line \
            of the journal before it is answered.

            Example: ashlar signer --socket /run/ashlar-signer/signer.sock --store /srv/ashlar/.ashlar --keys /etc/ashlar/keys \
            --journal /var/lib/ashlar-signer/journal --allow-user ashlar
            """)
    @OptionGroup var options: GlobalOptions
    @Option(help: "The socket to listen at, in a folder that others may not write to.") var socket: String?
    @Option(help: "The append-only journal; by default signer.journal beside the keys.") var journal: String?
    @Option(help: "The user to become when started as root.") var user: String?
    @Option(help: "The group that may connect to the socket; by default its owner alone.") var group: String?
    @Option(help: "A user, by name, whose processes may ask. May be given again.") var allowUser: [String] = []
    @Option(help: "A user, by number, whose processes may ask. May be given again.") var allowUid: [UInt32] = []
    @Option(help: "A file that holds the passphrase of the keys, readable by its owner only.") var passphraseFile: String?
    @Option(help: .hidden) var inherited: Int32?

    func run() throws {
        do { try serve() } catch { throw Failure.report(error) }
    }

    private func serve() throws {
        try Confinement.forbidNewPrivileges()
        let environment = ProcessInfo.processInfo.environment
        let settings = try Settings(options, environment: environment)
        let place = try socket ?? settings.signer ?? (inherited == nil ? Self.needSocket() : "")
        let owner = try self.owner()
        var allowed = Set(allowUid + [owner?.uid ?? geteuid()])
        for name in allowUser { allowed.insert(try Self.require(name).uid) }

        // In this order: what only the present user can open, then the end of that user, then the door.
        let office = try SigningOffice(
            settings, journal: journal ?? settings.keys + "/signer.journal", passphrase: Passphrase.find(passphraseFile, environment))
        let listening = inherited == nil ? try SignerSocket(path: Self.absolute(place), owner: owner, group: groupNumber()) : nil
        if let owner {
            office.give(to: owner)
            try Confinement.become(owner)
        }
        try Confinement.harden()
        let server = try SignerServer(desk: office.desk, allowed: allowed)
        if let listening {
            try listening.listen()
            Progress().say("signing for \(allowed.sorted().map { "user \($0)" }.joined(separator: ", ")) at \(listening.path)")
            try server.serveUntilSignalled(listening)
        } else if let inherited {
            server.serve(FrameChannel(owning: inherited))
        }
    }

    private static func needSocket() throws -> String { throw CommandError.needed("--socket", example: "/run/ashlar-signer/signer.sock") }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    /// Whom to become. Root signs for nobody: only the signer of one build goes on as root where the machine has no user for it.
    private func owner() throws -> Confinement.User? {
        guard geteuid() == 0 else { return nil }
        let name = user ?? SignerDoor.userName
        if inherited != nil, user == nil { return Confinement.user(named: name) }
        return try Self.require(name)
    }

    private func groupNumber() throws -> UInt32? {
        guard let group else { return nil }
        guard let number = Confinement.group(named: group) else { throw CommandError.unknownUser(group, kind: "group") }
        return number
    }

    private static func require(_ name: String) throws -> Confinement.User {
        guard let user = Confinement.user(named: name) else {
            throw name == SignerDoor.userName ? SigningError.noUser(name) : CommandError.unknownUser(name, kind: "user")
        }
        return user
    }
}

/// What a signer has open: keys, journal, the last checkpoint, the build record.
struct SigningOffice {
    let desk: SigningDesk
    private let journal: SigningJournal
    private let memory: CheckpointMemory?

    init(_ settings: Settings, journal path: String, passphrase: String?) throws {
        let loader = KeyLoader(settings: settings, passphrase: passphrase)
        let keys = try loader.keys()
        let journal = try SigningJournal(path: path)
        var duty: SigningDesk.LogDuty?
        var memory: CheckpointMemory?
        if let logKey = keys.logPublicKey {
            let kept = try CheckpointMemory(beside: journal, key: CatalogKey(ed25519: logKey).fingerprint)
            duty = .init(origin: try loader.logOrigin(of: logKey), memory: kept)
            memory = kept
        }
        let record = LiveRecord(store: settings.store)
        // Opened while it can be: the signer's own user may have no way to the store's folder.
        _ = try? record.current()
        desk = SigningDesk(keys: keys, record: { try record.current() }, log: duty, journal: journal, clock: Workshop.now)
        self.journal = journal
        self.memory = memory
    }

    func give(to user: Confinement.User) {
        journal.give(to: user.uid)
        memory?.give(to: user.uid)
    }
}

extension RecordStore: SubjectRecord {}

/// The build record of one store, read-only, opened again when the file under its name is another one.
private final class LiveRecord: Sendable {
    private let store: String
    private let opened = Mutex<(identity: [UInt64], store: RecordStore)?>(nil)

    init(store: String) { self.store = store }

    func current() throws -> RecordStore {
        try opened.withLock { opened in
            var status = stat()
            let isThere = stat(store + "/records.sqlite", &status) == 0
            let identity = [UInt64(status.st_dev), UInt64(status.st_ino)]
            // A file that cannot be looked at any more, behind a folder that is closed to this user, is the one that was opened.
            if let opened, !isThere || opened.identity == identity { return opened.store }
            let fresh = try RecordStore(folder: store, access: .readOnly)
            opened = (identity, fresh)
            return fresh
        }
    }
}

extension SignerServer {
    /// Serves until SIGTERM or SIGINT; answers that are under way still go out.
    fileprivate func serveUntilSignalled(_ socket: SignerSocket) throws {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        // Threads inherit the mask: only the one that waits gets them.
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let waited = signals
        Thread.detachNewThread {
            var set = waited
            var number: Int32 = 0
            sigwait(&set, &number)
            self.stop()
        }
        try serve(socket)
    }
}
