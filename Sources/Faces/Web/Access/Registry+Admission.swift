// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird

extension Registry {
    /// The one place where the registry asks who may do what. Comes before anything is looked up: what a caller may not see
    /// is refused in the same words whether it is there or not.
    func admit(_ request: Request, to route: RegistryRoute) async throws -> Caller {
        let caller = try await access.caller(of: request)
        let (action, repository) = route.need(of: request.method)
        guard !access.allows(caller, action, on: repository) else { return caller }
        var refusal = access.refusal(caller, action, on: repository)
        if route == .catalog, refusal.challenge != nil { refusal.challenge?.scope = "registry:catalog:*" }
        throw refusal
    }
}

extension RegistryRoute {
    /// What a request needs: an action, on a repository or on the registry itself.
    func need(of method: HTTPRequest.Method) -> (action: Action, repository: String?) {
        let isReading = method == .get || method == .head
        switch self {
        case .base, .catalog: return (.pull, nil)
        // Also asking how far an upload is, and giving it up.
        case .uploads(let repository), .upload(let repository, _): return (.push, repository)
        case .manifest(let repository, _), .blob(let repository, _):
            return (isReading ? .pull : method == .delete ? .delete : .push, repository)
        case .tags(let repository), .referrers(let repository, _): return (isReading ? .pull : .push, repository)
        }
    }
}
