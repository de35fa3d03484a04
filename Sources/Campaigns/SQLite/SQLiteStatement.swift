import Bytes
import CSQLite

/// A compiled statement: bind its parameters, step through its rows, reset, again.
///
/// Parameters count from 1 and columns from 0, as in SQLite. A parameter or column that does not exist is a bug of the
/// caller.
@safe
final class SQLiteStatement {
    private let handle: SQLiteHandle
    private let statement: OpaquePointer
    private let operation: StoreError.Operation
    /// A bind that SQLite refused (out of memory, a value past its limit) makes the next step fail.
    private var bindCode = SQLITE_OK

    init(_ sql: String, handle: SQLiteHandle, operation: StoreError.Operation) throws(StoreError) {
        var made: OpaquePointer?
        let persistent = UInt32(SQLITE_PREPARE_PERSISTENT)
        let code = unsafe sqlite3_prepare_v3(handle.connection, sql, -1, persistent, &made, nil)
        guard code == SQLITE_OK, let compiled = unsafe made else { throw handle.error(operation) }
        self.handle = handle
        self.operation = operation
        unsafe statement = compiled
    }

    deinit {
        unsafe sqlite3_finalize(statement)
    }

    /// Binds an integer.
    @discardableResult
    func bind(_ parameter: Int32, _ value: Int64) -> SQLiteStatement {
        check(unsafe sqlite3_bind_int64(statement, parameter, value))
        return self
    }

    /// Binds an unsigned integer by its bits: read it back with `unsigned(_:)`.
    @discardableResult
    func bind(_ parameter: Int32, bits value: UInt64) -> SQLiteStatement {
        bind(parameter, Int64(bitPattern: value))
    }

    /// Binds an integer, or NULL.
    @discardableResult
    func bind(_ parameter: Int32, optional value: UInt64?) -> SQLiteStatement {
        guard let value else {
            check(unsafe sqlite3_bind_null(statement, parameter))
            return self
        }
        return bind(parameter, bits: value)
    }

    /// Binds bytes as a blob. They are copied.
    @discardableResult
    func bind(_ parameter: Int32, _ bytes: Span<UInt8>) -> SQLiteStatement {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            let count = Int32(clamping: buffer.count)
            if let start = buffer.baseAddress {
                check(unsafe sqlite3_bind_blob(statement, parameter, start, count, Self.copied))
            } else {
                check(unsafe sqlite3_bind_zeroblob(statement, parameter, 0))
            }
        }
        return self
    }

    /// Binds text.
    @discardableResult
    func bind(_ parameter: Int32, text: String) -> SQLiteStatement {
        var text = text
        text.withUTF8 { utf8 in
            let count = Int32(clamping: utf8.count)
            unsafe utf8.withMemoryRebound(to: CChar.self) { characters in
                check(unsafe sqlite3_bind_text(statement, parameter, characters.baseAddress, count, Self.copied))
            }
        }
        return self
    }

    /// Goes to the next row; false when there is none left.
    func step() throws(StoreError) -> Bool {
        guard bindCode == SQLITE_OK else {
            defer { bindCode = SQLITE_OK }
            throw .failed(operation, file: handle.file, code: bindCode, message: "a value cannot be bound")
        }
        switch unsafe sqlite3_step(statement) {
        case SQLITE_ROW:
            return true
        case SQLITE_DONE:
            return false
        default:
            let error = handle.error(operation)
            reset()
            throw error
        }
    }

    /// Runs a statement that gives no rows, and resets it.
    func run() throws(StoreError) {
        while try step() {}
        reset()
    }

    /// Makes the statement ready for its next run. Bindings stay until they are bound again.
    func reset() {
        unsafe sqlite3_reset(statement)
    }

    /// The integer in a column of the present row; 0 for NULL.
    func integer(_ column: Int32) -> Int64 {
        unsafe sqlite3_column_int64(statement, column)
    }

    /// The unsigned integer that was bound by its bits.
    func unsigned(_ column: Int32) -> UInt64 {
        UInt64(bitPattern: integer(column))
    }

    /// The unsigned integer that was bound by its bits, or nil for NULL.
    func optionalUnsigned(_ column: Int32) -> UInt64? {
        unsafe sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : unsigned(column)
    }

    /// The text in a column of the present row; empty for NULL. Invalid UTF-8 comes repaired.
    func text(_ column: Int32) -> String {
        withBlob(column) { $0.toString() }
    }

    /// Lends the bytes of a column of the present row.
    func withBlob<Result, Failure: Error>(
        _ column: Int32, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // The order matters: the pointer first, then the count (sqlite.org/c3ref/column_blob.html).
        let start = unsafe sqlite3_column_blob(statement, column)
        let count = Int(unsafe sqlite3_column_bytes(statement, column))
        return try body(
            unsafe Span(_unsafeBytes: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)))
    }

    private func check(_ code: Int32) {
        precondition(code != SQLITE_RANGE && code != SQLITE_MISUSE, "a wrong bind")
        if code != SQLITE_OK { bindCode = code }
    }

    /// SQLITE_TRANSIENT: SQLite copies what is bound before the call returns.
    private static var copied: sqlite3_destructor_type {
        unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    }
}
