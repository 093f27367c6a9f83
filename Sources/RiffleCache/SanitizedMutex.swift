#if SANITIZED
    import Glibc

    /// Takes the place of the standard library's `Mutex` in builds for the thread sanitizer, which understands a POSIX lock
    /// and can't see the futex inside the other: every access under it would look like a race.
    struct Mutex<Value>: ~Copyable, Sendable {
        // Freed by `deinit` alone; the value behind it is touched under the lock only.
        nonisolated(unsafe) private let lock: UnsafeMutablePointer<pthread_mutex_t>
        // As above.
        nonisolated(unsafe) private let value: UnsafeMutablePointer<Value>

        init(_ initial: Value) {
            lock = .allocate(capacity: 1)
            pthread_mutex_init(lock, nil)
            value = .allocate(capacity: 1)
            value.initialize(to: initial)
        }

        deinit {
            pthread_mutex_destroy(lock)
            lock.deallocate()
            value.deinitialize(count: 1)
            value.deallocate()
        }

        borrowing func withLock<Result, Failure: Error>(
            _ body: (inout Value) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            pthread_mutex_lock(lock)
            defer { pthread_mutex_unlock(lock) }
            return try body(&value.pointee)
        }
    }
#endif
