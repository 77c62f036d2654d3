// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import ELF
import Ecosystems

/// Reads out of one file's bytes what they tell: packages, programs, secrets, accounts.
struct FileReader {
    let path: String
    let bytes: UnsafeRawBufferPointer
    private(set) var faults: [String] = []

    init(_ path: String, _ bytes: UnsafeRawBufferPointer) {
        self.path = path
        self.bytes = bytes
    }

    mutating func findings() -> FileFindings? {
        let (path, bytes) = (path, bytes)
        let linkage = Linkage(bytes)
        let isProgram = bytes.count > 2 && bytes[0] == 0x23 && bytes[1] == 0x21 || linkage?.facts?.kind == "executable"
        var reading: PackageReading?
        var isSystem = false
        var distribution: Distribution?
        var accounts: [AttackSurface.Account] = []
        if bytes.count >= 16, bytes[0] == 0x7F, bytes[1] == 0x45, bytes[2] == 0x4C, bytes[3] == 0x46 {
            reading = programPackages()
        }
        switch FileInterest(path) {
        case .dpkgStatus: reading = take { () throws(EcosystemsError) in try DpkgDatabase.packages(bytes) }
        case .dpkgList(let package): (reading, isSystem) = (DpkgDatabase.list(bytes, package: package), true)
        case .dpkgSums(let package): (reading, isSystem) = (DpkgDatabase.sums(bytes, package: package), true)
        case .apk: (reading, isSystem) = (take { () throws(EcosystemsError) in try ApkDatabase.packages(bytes) }, true)
        case .rpm: (reading, isSystem) = (take { () throws(EcosystemsError) in try RPMDatabase.packages(bytes) }, true)
        case .rpmOlder: if !bytes.isEmpty { faults.append(RPMDatabase.olderFormat(bytes).diagnosis.summary) }
        case .rpmJournal: if !bytes.isEmpty { faults.append("changes to the database of rpm that were not merged into it are not read") }
        case .pythonMetadata: reading = take { () throws(EcosystemsError) in try PythonPackage.metadata(bytes) }
        case .pythonRecord(let package, let folder): reading = PythonPackage.record(bytes, package: package, in: folder)
        case .npmManifest: reading = take { () throws(EcosystemsError) in try NPMPackage.manifest(bytes) }
        case .npmLock: reading = take { () throws(EcosystemsError) in try NPMPackage.lock(bytes) }
        case .java:
            let name = path.utf8.lastIndex(of: 0x2F).map { String(path[path.utf8.index(after: $0)...]) } ?? path
            reading = take { () throws(EcosystemsError) in try JavaArchive.packages(bytes, named: name) }
        case .osRelease: distribution = Distribution(reading: bytes)
        case .accounts: accounts = Self.accounts(bytes)
        case nil: break
        }
        faults += reading?.faults ?? []
        let secrets = SecretScanner.scan(bytes, path: path)
        guard isProgram || linkage != nil || !secrets.isEmpty || reading?.isEmpty == false || distribution != nil || !accounts.isEmpty
        else { return nil }
        return FileFindings(
            isProgram: isProgram, secrets: secrets, reading: reading, isSystem: isSystem, distribution: distribution, accounts: accounts,
            linkage: linkage)
    }

    private mutating func programPackages() -> PackageReading? {
        let bytes = bytes
        guard let sections = (try? ELFSections(bytes)) ?? nil else { return nil }
        if let section = sections.sections[RustAudit.sectionName] {
            return take { () throws(EcosystemsError) in try RustAudit.packages(UnsafeRawBufferPointer(rebasing: bytes[section])) }
        }
        return take { () throws(EcosystemsError) in try GoBuildInfo(bytes, sections)?.reading }
    }

    private mutating func take(_ read: () throws(EcosystemsError) -> PackageReading?) -> PackageReading? {
        do throws(EcosystemsError) { return try read() } catch {
            faults.append(error.diagnosis.summary)
            return nil
        }
    }

    // passwd(5): name, password, uid, gid, comment, home, shell.
    private static func accounts(_ bytes: UnsafeRawBufferPointer) -> [AttackSurface.Account] {
        bytes.prefix(1 << 20).split(separator: 0x0A).prefix(10_000).compactMap { line in
            let fields = line.split(separator: 0x3A, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
            guard fields.count >= 7, let uid = Int(fields[2]), !fields[0].isEmpty else { return nil }
            return AttackSurface.Account(name: fields[0], uid: uid, shell: fields[6])
        }
    }
}
