// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Assemble
import Attest
import Base
import Blobs
import Certificates
import Check
import Fetch
import Foundation
import Ledger
import OCI
import Pipeline
import Publish
import Records
import Resolve
import Tools
import Transport

/// The composition root: builds resources, stages and the pipeline from settings. Nothing else creates them.
struct Workshop {
    let settings: Settings
    let environment: [String: String]
    let catalogFolder: CatalogFolder
    private(set) var files: [String: [UInt8]]
    let signers: SignerDoor
    /// Tells what one key signed from what another did.
    let signing: String

    /// - Parameter signers: Of an earlier one, to go on with its signer.
    init(
        _ settings: Settings, environment: [String: String] = ProcessInfo.processInfo.environment, signers: SignerDoor? = nil
    ) throws {
        self.settings = settings
        self.environment = environment
        catalogFolder = CatalogFolder(path: settings.catalog)
        files = try catalogFolder.read()
        self.signers = signers ?? SignerDoor(settings, environment: environment)
        signing = Self.signing(settings)
    }

    /// The same with another lock of a recipe in it, as its file is on the disk by now.
    func holding(_ lock: Lock, of recipe: Recipe) throws -> Workshop {
        var workshop = self
        workshop.files[recipe.lockPath] = try LockFile.write(lock)
        return workshop
    }

    var loader: RecipeLoader { RecipeLoader(CatalogFiles(root: settings.catalog, files)) }
    var toolbox: Toolbox { Self.toolbox(environment) }
    static func toolbox(_ environment: [String: String]) -> Toolbox {
        var toolbox = Toolbox()
        if let folder = environment["TMPDIR"], folder.hasPrefix("/") { toolbox.temporary = folder }
        return toolbox
    }
    var cache: CacheFolder { CacheFolder(store: settings.store) }

    /// The store for writing, with the folder in which downloads that are under way wait to be resumed. What killed runs left is
    /// removed on the way.
    func blobs() throws -> FileBlobStore {
        ScratchFolder.sweep(toolbox.temporary)
        cache.sweep()
        let store = try FileBlobStore(folder: settings.store)
        do {
            try FileManager.default.createDirectory(atPath: settings.store + "/partial", withIntermediateDirectories: true)
        } catch {
            throw CommandError.cannotWrite(settings.store + "/partial", reason: error.localizedDescription)
        }
        return store
    }
    func records() throws -> RecordStore { try RecordStore(folder: settings.store) }

    func mirror() throws -> Mirror { try Network.mirror(environment, configured: settings.mirror) }

    /// Finds out where the recipes of this catalog come from.
    var sources: SourceFinder {
        SourceFinder(
            git: GitReader(toolbox), catalogFolder: settings.catalog, catalog: files, helpersFolder: settings.helpers,
            helpers: (try? CatalogFolder(path: settings.helpers).read()) ?? [:])
    }

    static func now() -> Timestamp { Timestamp(seconds: Int(Date().timeIntervalSince1970)) }

    func indexLoader(
        blobs: FileBlobStore, records: RecordStore, transport: any HTTPTransport, mirror: Mirror?, reach: IndexLoader.Reach
    ) -> IndexLoader {
        IndexLoader(
            catalog: catalogFolder, blobs: blobs, records: records, cache: cache, transport: transport, mirror: mirror,
            trust: ArchiveTrust(toolbox), now: Self.now(), reach: reach, allowStale: settings.allowStale)
    }

    /// The store's transparency log; nil when none was made. One whose key the signer does not have is an error.
    func log(_ signer: any Signer) throws -> FileLog? {
        guard let key = try LogKeys.published(settings) else { return nil }
        return try FileLog(folder: LogFolder(settings.logFolder), key: key, signer: signer)
    }

    /// The way to the signer process: the configured one, or one that is started now and ends with this command. No private key
    /// is opened here.
    func signer() async throws -> any Signer { try await signers.signer() }

    /// Signs in the Notary Project's format; nil when that is not asked for.
    func notary() async throws -> NotationAttestor? {
        guard settings.notation else { return nil }
        let signer = try await signer()
        guard let data = FileManager.default.contents(atPath: settings.certificateFile) else {
            throw CommandError.certificateMissing(settings.certificateFile)
        }
        let chain = try CertificateChain(pem: String(decoding: data, as: UTF8.self), of: signer.publicKeyDER)
        guard chain.validUntil > Self.now() else {
            throw CommandError.foreignKey(settings.certificateFile, reason: "it ended at \(chain.validUntil)")
        }
        return try NotationAttestor(
            signer: signer, chain: chain.certificates, validFrom: chain.validFrom, agent: "ashlar/\(Version.text)")
    }

    /// Everything that decides what building a recipe gives: its image's folder, the shared files, the helpers and this program.
    ///
    /// What was let in without every test or limit does not answer for a build that demands them, nor does what another key signed.
    func buildKey(_ recipe: Recipe, _ limits: Gate.Limits) -> Digest {
        let own = "images/\(recipe.name)/"
        let shared = files.filter { !$0.key.hasPrefix("images/") || $0.key.hasPrefix(own) }
        let relevant = CatalogFolder.digest(of: shared) { path in
            // The gate and the objectives change no image: what they say is asked when it is needed. Nor do the statements of others.
            !path.hasSuffix("/overview.md") && ![GatePolicy.fileName, SLOPolicy.fileName, RecipeLoader.vexSourcesPath].contains(path)
                && (!path.hasSuffix(".lock.json") || path == recipe.lockPath)
        }
        let needsSources = !recipe.helpers.isEmpty || recipe.contract.contains { $0.probe != nil }
        let tools = needsSources ? helperSources : ""
        return Digest.sha256(
            of:
                "build-5 \(limits) \(signing) \(relevant) \(tools) \(recipe.reference) \(imprint) \(settings.builder) \(Self.programIdentity)"
        )
    }

    /// With which key and in which formats this catalog signs. Files that are not there will be missed by whoever signs.
    private static func signing(_ settings: Settings) -> String {
        let files = [settings.publicKeyFile, settings.logPublicKeyFile] + (settings.notation ? [settings.certificateFile] : [])
        return files.map { FileManager.default.contents(atPath: $0).map { Digest.sha256(of: Array($0)).hex } ?? "none" }
            .joined(separator: " ")
    }

    /// The digest of what images say of their publisher.
    var imprint: String { (try? CanonicalJSON.digest(of: settings.imprint))?.description ?? "" }

    /// The digest of the sources of the helpers; empty when there are none, which whoever needs them will say.
    var helperSources: String {
        guard let sources = try? CatalogFolder(path: settings.helpers).read() else { return "" }
        return CatalogFolder.digest(of: sources) { _ in true }.description
    }

    // Another program may give other bytes. Its size and date tell it apart without reading it.
    static let programIdentity: String = {
        let path = "/proc/self/exe"
        var status = stat()
        guard stat(path, &status) == 0 else { return Version.text }
        return "\(Version.text) \(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)"
    }()
}

/// Private keys in files.
enum Keys {
    /// Reads a key that nobody else can read, or says what is wrong with it.
    static func signer(_ path: String, passphrase: String?) throws -> KeySigner {
        guard let data = FileManager.default.contents(atPath: path) else { throw CommandError.keyMissing(path) }
        var status = stat()
        // Group may read, since that is how orchestrators mount secrets.
        guard stat(path, &status) == 0, status.st_mode & 0o037 == 0 else { throw CommandError.keyExposed(path) }
        return try KeyFile(pem: String(decoding: data, as: UTF8.self), passphrase: passphrase).signer
    }
}
