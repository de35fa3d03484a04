import Bytes

/// The bytes of integers as they stand in the store, least significant first. A copy of memory where the processor's
/// order is the same.
func littleEndianBytes<Value: FixedWidthInteger>(of values: ArraySlice<Value>) -> [UInt8] {
    // By a closure: a key path would be walked for each integer.
    let stored = Value(littleEndian: 1) == 1 ? Array(values) : values.map { $0.littleEndian }
    return unsafe stored.withUnsafeBytes { unsafe Array($0) }
}

/// The integers that `littleEndianBytes` wrote; bytes past the last whole one are left out.
func integers<Value: FixedWidthInteger>(ofLittleEndian bytes: Span<UInt8>) -> [Value] {
    let count = bytes.count / MemoryLayout<Value>.size
    return unsafe bytes.withUnsafeBytes { source in
        unsafe Array(unsafeUninitializedCapacity: count) { values, initialised in
            for index in 0..<count {
                let stored = unsafe source.loadUnaligned(
                    fromByteOffset: index * MemoryLayout<Value>.size, as: Value.self)
                unsafe values.initializeElement(at: index, to: Value(littleEndian: stored))
            }
            initialised = count
        }
    }
}
