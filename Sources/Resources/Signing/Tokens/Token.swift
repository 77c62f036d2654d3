// SPDX-License-Identifier: Apache-2.0
// PKCS #11 Cryptographic Token Interface, version 2.40
import CPKCS11
import Foundation
import Glibc

/// An open session with a token, logged in. Used by one thread at a time.
final class Token {
    private let functions: UnsafeMutablePointer<CK_FUNCTION_LIST>
    let session: CK_SESSION_HANDLE

    /// Loads the module and opens the one token that the URI names.
    ///
    /// - Parameter mayWrite: whether keys are to be made.
    init(_ uri: TokenURI, pin: String, mayWrite: Bool = false) throws(SigningError) {
        functions = try Self.load(uri.modulePath)
        var arguments = CK_C_INITIALIZE_ARGS()
        arguments.flags = CK_FLAGS(CKF_OS_LOCKING_OK)
        try Self.call(
            "C_Initialize", functions.pointee.C_Initialize?(&arguments), allowing: [CKR_CRYPTOKI_ALREADY_INITIALIZED])
        let slot = try Self.slot(of: uri, functions)
        var session: CK_SESSION_HANDLE = 0
        let flags = CK_FLAGS(CKF_SERIAL_SESSION) | (mayWrite ? CK_FLAGS(CKF_RW_SESSION) : 0)
        try Self.call("C_OpenSession", functions.pointee.C_OpenSession?(slot, flags, nil, nil, &session))
        self.session = session
        var digits = Array(pin.utf8)
        try Self.call(
            "C_Login", functions.pointee.C_Login?(session, CK_USER_TYPE(CKU_USER), &digits, CK_ULONG(digits.count)),
            allowing: [CKR_USER_ALREADY_LOGGED_IN])
    }

    deinit { _ = functions.pointee.C_CloseSession?(session) }

    /// The r and s of a signature (64 bytes) over a SHA-256 digest.
    func sign(_ digest: [UInt8], with key: CK_OBJECT_HANDLE) throws(SigningError) -> [UInt8] {
        var mechanism = CK_MECHANISM(mechanism: CK_MECHANISM_TYPE(CKM_ECDSA), pParameter: nil, ulParameterLen: 0)
        try Self.call("C_SignInit", functions.pointee.C_SignInit?(session, &mechanism, key))
        var digest = digest
        var signature = [UInt8](repeating: 0, count: 64)
        var length = CK_ULONG(signature.count)
        try Self.call("C_Sign", functions.pointee.C_Sign?(session, &digest, CK_ULONG(digest.count), &signature, &length))
        guard length == 64 else { throw Self.fault("C_Sign gave \(length) bytes, not the 64 of a P-256 signature") }
        return signature
    }

    /// The one object of a class that the URI names; nil when there is none.
    func find(_ kind: UInt, _ uri: TokenURI) throws(SigningError) -> CK_OBJECT_HANDLE? {
        var kindValue = CK_OBJECT_CLASS(kind)
        var keyType = CK_KEY_TYPE(CKK_EC)
        var label = Array((uri.object ?? "").utf8)
        var id = uri.id ?? []
        var handles = [CK_OBJECT_HANDLE](repeating: 0, count: 2)
        var count: CK_ULONG = 0
        var failure: SigningError?
        withUnsafeMutableBytes(of: &kindValue) { kindBytes in
            withUnsafeMutableBytes(of: &keyType) { typeBytes in
                label.withUnsafeMutableBytes { labelBytes in
                    id.withUnsafeMutableBytes { idBytes in
                        var template = [Self.attribute(CKA_CLASS, kindBytes), Self.attribute(CKA_KEY_TYPE, typeBytes)]
                        if uri.object != nil { template.append(Self.attribute(CKA_LABEL, labelBytes)) }
                        if uri.id != nil { template.append(Self.attribute(CKA_ID, idBytes)) }
                        do throws(SigningError) {
                            try Self.call(
                                "C_FindObjectsInit",
                                functions.pointee.C_FindObjectsInit?(session, &template, CK_ULONG(template.count)))
                            defer { _ = functions.pointee.C_FindObjectsFinal?(session) }
                            try Self.call("C_FindObjects", functions.pointee.C_FindObjects?(session, &handles, 2, &count))
                        } catch { failure = error }
                    }
                }
            }
        }
        if let failure { throw failure }
        guard count <= 1 else { throw Self.fault("two keys have the name that the URI gives; add id=") }
        return count == 1 ? handles[0] : nil
    }

    /// An attribute's bytes; nil when the object has none.
    func bytes(_ type: UInt, of object: CK_OBJECT_HANDLE) -> [UInt8]? {
        var attribute = CK_ATTRIBUTE(type: CK_ATTRIBUTE_TYPE(type), pValue: nil, ulValueLen: 0)
        guard functions.pointee.C_GetAttributeValue?(session, object, &attribute, 1) == CK_RV(CKR_OK),
            attribute.ulValueLen <= 4096
        else { return nil }
        var value = [UInt8](repeating: 0, count: Int(attribute.ulValueLen))
        let result = value.withUnsafeMutableBytes { buffer in
            attribute.pValue = buffer.baseAddress
            return functions.pointee.C_GetAttributeValue?(session, object, &attribute, 1)
        }
        return result == CK_RV(CKR_OK) ? value : nil
    }

    func flag(_ type: UInt, of object: CK_OBJECT_HANDLE) -> Bool? { bytes(type, of: object).map { $0 == [1] } }

    /// Makes a P-256 key pair that never leaves the token.
    func generate(_ uri: TokenURI) throws(SigningError) {
        var mechanism = CK_MECHANISM(mechanism: CK_MECHANISM_TYPE(CKM_EC_KEY_PAIR_GEN), pParameter: nil, ulParameterLen: 0)
        var curve = Self.prime256v1
        var label = Array((uri.object ?? "ashlar").utf8)
        var id = uri.id ?? Array(label.prefix(32))
        var yes: CK_BBOOL = 1
        var no: CK_BBOOL = 0
        var (publicKey, privateKey): (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE) = (0, 0)
        var failure: SigningError?
        withUnsafeMutableBytes(of: &yes) { yes in
            withUnsafeMutableBytes(of: &no) { no in
                curve.withUnsafeMutableBytes { curve in
                    label.withUnsafeMutableBytes { label in
                        id.withUnsafeMutableBytes { id in
                            let both = [Self.attribute(CKA_TOKEN, yes), Self.attribute(CKA_LABEL, label), Self.attribute(CKA_ID, id)]
                            var open = both + [Self.attribute(CKA_EC_PARAMS, curve), Self.attribute(CKA_VERIFY, yes)]
                            var secret =
                                both + [
                                    Self.attribute(CKA_PRIVATE, yes), Self.attribute(CKA_SENSITIVE, yes),
                                    Self.attribute(CKA_EXTRACTABLE, no), Self.attribute(CKA_SIGN, yes),
                                ]
                            do throws(SigningError) {
                                try Self.call(
                                    "C_GenerateKeyPair",
                                    functions.pointee.C_GenerateKeyPair?(
                                        session, &mechanism, &open, CK_ULONG(open.count), &secret, CK_ULONG(secret.count), &publicKey,
                                        &privateKey))
                            } catch { failure = error }
                        }
                    }
                }
            }
        }
        if let failure { throw failure }
    }

    /// The DER of the curve's name, as CKA_EC_PARAMS has it.
    static let prime256v1: [UInt8] = [6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7]

    // MARK: -

    private static func load(_ path: String) throws(SigningError) -> UnsafeMutablePointer<CK_FUNCTION_LIST> {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .token(reason: "there is no module \(path)", remedy: "install the module of your token, and name it with module-path")
        }
        // The module runs inside the process that has the log's key.
        guard status.st_mode & 0o022 == 0, status.st_uid == 0 || status.st_uid == getuid() else {
            throw .exposed(path: path, reason: "others may change the module, which runs inside the signer")
        }
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL), let symbol = dlsym(library, "C_GetFunctionList") else {
            throw fault("\(path) is not a PKCS#11 module that can be loaded")
        }
        let getFunctionList = unsafeBitCast(symbol, to: CK_C_GetFunctionList.self)
        var functions: UnsafeMutablePointer<CK_FUNCTION_LIST>?
        try call("C_GetFunctionList", getFunctionList(&functions))
        guard let functions, functions.pointee.version.major == 2 else { throw fault("\(path) does not speak PKCS#11 version 2") }
        return functions
    }

    private static func slot(
        of uri: TokenURI, _ functions: UnsafeMutablePointer<CK_FUNCTION_LIST>
    ) throws(SigningError) -> CK_SLOT_ID {
        var slots = [CK_SLOT_ID](repeating: 0, count: 256)
        var count = CK_ULONG(slots.count)
        try call("C_GetSlotList", functions.pointee.C_GetSlotList?(1, &slots, &count))
        var found: [CK_SLOT_ID] = []
        for slot in slots.prefix(Int(count)) {
            var info = CK_TOKEN_INFO()
            guard functions.pointee.C_GetTokenInfo?(slot, &info) == CK_RV(CKR_OK) else { continue }
            func matches(_ wanted: String?, _ field: [UInt8]) -> Bool {
                wanted.map { Array($0.utf8) == Array(field.reversed().drop { $0 == 0x20 || $0 == 0 }.reversed()) } ?? true
            }
            let label = withUnsafeBytes(of: info.label) { Array($0) }
            let manufacturer = withUnsafeBytes(of: info.manufacturerID) { Array($0) }
            let serial = withUnsafeBytes(of: info.serialNumber) { Array($0) }
            if matches(uri.token, label), matches(uri.manufacturer, manufacturer), matches(uri.serial, serial) { found.append(slot) }
        }
        guard let slot = found.first else {
            throw .token(
                reason: "no token answers to the name in the URI", remedy: "see `p11tool --list-tokens`, or initialise one first")
        }
        guard found.count == 1 else { throw fault("\(found.count) tokens answer to the name in the URI; add serial=") }
        return slot
    }

    private static func attribute(_ type: UInt, _ bytes: UnsafeMutableRawBufferPointer) -> CK_ATTRIBUTE {
        CK_ATTRIBUTE(type: CK_ATTRIBUTE_TYPE(type), pValue: bytes.baseAddress, ulValueLen: CK_ULONG(bytes.count))
    }

    private static func call(_ name: String, _ result: CK_RV?, allowing allowed: [UInt] = []) throws(SigningError) {
        guard let result else { throw fault("the module has no \(name)") }
        guard result != CK_RV(CKR_OK), !allowed.contains(UInt(result)) else { return }
        switch UInt(result) {
        case UInt(CKR_PIN_INCORRECT), UInt(CKR_PIN_INVALID), UInt(CKR_PIN_LEN_RANGE):
            throw .token(reason: "the PIN is wrong", remedy: "correct it; a token locks itself after a few wrong ones")
        case UInt(CKR_PIN_LOCKED): throw .token(reason: "the PIN is locked", remedy: "have the token's security officer unlock it")
        default: throw fault("\(name) failed with 0x\(String(result, radix: 16))")
        }
    }

    private static func fault(_ reason: String) -> SigningError {
        .token(reason: reason, remedy: "check the token with `p11tool` or `pkcs11-tool`, and start the signer again")
    }
}
