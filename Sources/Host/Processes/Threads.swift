import CLinux
import Glibc

/// Threads of this program's own (pthreads(7)).
public enum Threads {
    /// Runs `body` on `count` threads at once, the caller's among them, and returns when all have come to its end.
    ///
    /// Where the system gives fewer threads, fewer run: `body` must not wait for another that may not be there.
    ///
    /// - Parameter body: takes the thread's number, from 0.
    public static func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        var threads: [pthread_t] = []
        for number in 1..<max(1, count) {
            let argument = unsafe Unmanaged.passRetained(Work { body(number) })
            var thread = pthread_t()
            let code = unsafe pthread_create(
                &thread, nil,
                { argument in
                    guard let argument = unsafe argument else { return nil }
                    unsafe earshot_thread_name("earshot-job")
                    unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                    return nil
                }, argument.toOpaque())
            if code == 0 { threads.append(thread) } else { unsafe argument.release() }
        }
        body(0)
        for thread in threads { pthread_join(thread, nil) }
    }
}

private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// Lets threads act one after the other, in the order of numbers that they were given: 0, 1, 2, …
@safe public final class Turns: @unchecked Sendable {
    // Everything in it is read and written under its lock only.
    @unsafe private struct State {
        var lock = unsafe pthread_mutex_t()
        var isNext = pthread_cond_t()
        var number = 0
    }

    private let state: UnsafeMutablePointer<State>

    public init() {
        unsafe state = .allocate(capacity: 1)
        unsafe state.initialize(to: State())
        unsafe pthread_mutex_init(&state.pointee.lock, nil)
        unsafe pthread_cond_init(&state.pointee.isNext, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(&state.pointee.isNext)
        unsafe pthread_mutex_destroy(&state.pointee.lock)
        unsafe state.deallocate()
    }

    /// Waits until all numbers before `number` have been, runs `body`, and lets the next one run.
    public func take<Failure: Error>(_ number: Int, _ body: () throws(Failure) -> Void) throws(Failure) {
        unsafe pthread_mutex_lock(&state.pointee.lock)
        while unsafe state.pointee.number != number {
            unsafe pthread_cond_wait(&state.pointee.isNext, &state.pointee.lock)
        }
        unsafe pthread_mutex_unlock(&state.pointee.lock)
        defer {
            unsafe pthread_mutex_lock(&state.pointee.lock)
            unsafe state.pointee.number += 1
            unsafe pthread_cond_broadcast(&state.pointee.isNext)
            unsafe pthread_mutex_unlock(&state.pointee.lock)
        }
        try body()
    }
}
