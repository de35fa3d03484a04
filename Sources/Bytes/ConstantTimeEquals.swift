import CIntrinsics

/// True when both are the same bytes, in a time that depends on their number alone: for passwords, tokens and codes.
///
/// Different lengths are seen at once; a length is no secret.
package func constantTimeEquals(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    return unsafe left.withUnsafeBufferPointer { left in
        unsafe right.withUnsafeBufferPointer { right in
            guard let leftStart = left.baseAddress, let rightStart = right.baseAddress else { return true }
            return unsafe tremolo_constant_time_equals(leftStart, rightStart, left.count)
        }
    }
}
