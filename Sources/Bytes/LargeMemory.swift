import CIntrinsics

/// Memory for a large table that is read at random: zeros at first, in pages as large as the kernel gives (madvise(2),
/// MADV_HUGEPAGE), touched as it is used.
@safe
package struct LargeMemory: @unchecked Sendable {
    /// The first byte.
    package let base: UnsafeMutableRawPointer
    /// How many bytes there are.
    package let byteCount: Int

    /// Takes memory; like every allocation, it ends the process where there is none. Somebody has to `release` it.
    package init(byteCount: Int) {
        precondition(byteCount > 0, "no memory is nobody's")
        guard let memory = unsafe tremolo_zeroed_memory(byteCount) else {
            preconditionFailure("there are no \(byteCount) bytes of memory")
        }
        unsafe base = memory
        self.byteCount = byteCount
    }

    /// Has the processor fetch what stands at an offset, which is read soon: a hint that costs no waiting.
    package func fetchAhead(_ offset: Int) {
        precondition(offset >= 0 && offset < byteCount, "only what is there is fetched")
        unsafe tremolo_fetch_ahead(base + offset)
    }

    /// Gives it back. Nobody may use it any more.
    package func release() {
        unsafe tremolo_release_memory(base, byteCount)
    }
}
