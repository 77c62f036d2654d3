// SPDX-License-Identifier: Apache-2.0
import Hummingbird

/// No accounts: everybody may pull everything; pushing and deleting are open to all or to nobody.
struct OpenAccess: AccessControl {
    /// Whether whoever reaches the server may push and delete.
    let isOpenForWriting: Bool

    func caller(of request: Request) async throws -> Caller { Caller(name: nil, grants: []) }

    func allows(_ caller: Caller, _ action: Action, on repository: String?) -> Bool {
        switch action {
        case .pull: true
        case .push, .delete: isOpenForWriting
        case .admin: false
        }
    }

    func refusal(_ caller: Caller, _ action: Action, on repository: String?) -> RegistryRefusal {
        RegistryRefusal(status: .forbidden, code: "DENIED", message: "this registry takes no \(action.rawValue) from anybody")
    }
}
