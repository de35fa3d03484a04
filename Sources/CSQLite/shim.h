// The system's SQLite (libsqlite3-dev), seen from Swift as the module CSQLite.
#include <sqlite3.h>

/// sqlite3_db_config, which takes any number of arguments, with SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE.
static inline int tremolo_sqlite_leave_log(sqlite3 *connection) {
    return sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

/// Brings the main database's file and its log to the medium, on the connection's own descriptors: closing another
/// descriptor of them would give up the connection's locks.
static inline int tremolo_sqlite_synchronize(sqlite3 *connection) {
    const int operations[] = {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER};
    for (int index = 0; index < 2; index++) {
        sqlite3_file *file = 0;
        int code = sqlite3_file_control(connection, "main", operations[index], &file);
        if (code == SQLITE_OK && file && file->pMethods) code = file->pMethods->xSync(file, SQLITE_SYNC_FULL);
        if (code != SQLITE_OK) return code;
    }
    return SQLITE_OK;
}

/// Reads the first bytes of the main database's file, past the log, on the connection's own descriptor.
static inline int tremolo_sqlite_read_file(sqlite3 *connection, void *bytes, int count) {
    sqlite3_file *file = 0;
    int code = sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (code != SQLITE_OK) return code;
    return file && file->pMethods ? file->pMethods->xRead(file, bytes, count, 0) : SQLITE_CANTOPEN;
}
