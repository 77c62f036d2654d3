// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Synchronization

/// Runs the tasks of a connection on the thread that reads and writes its socket: an answer from memory then changes no thread.
///
/// What waits for the disk or computes for long runs elsewhere (`Registry.onDisk`).
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// One executor for each event loop, kept for as long as the server.
final class LoopExecutors: Sendable {
    private let known = Mutex<[ObjectIdentifier: LoopExecutor]>([:])

    func executor(for loop: any EventLoop) -> LoopExecutor {
        known.withLock { known in
            if let executor = known[ObjectIdentifier(loop)] { return executor }
            let executor = LoopExecutor(loop)
            known[ObjectIdentifier(loop)] = executor
            return executor
        }
    }
}
