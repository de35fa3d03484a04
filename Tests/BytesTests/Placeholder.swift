import Testing
@testable import Bytes
import TestSupport
@Test func probe() { var b = ByteBuffer(capacity: 100); let n = allocationCount { b.append("abc"); b.appendDecimal(1203) }; #expect(n == 0); let a = b.toArray(); #expect(a == Array("abc1203".utf8)); #expect(allocationCount { _ = [Int](repeating: 1, count: 10) } == 1) }
