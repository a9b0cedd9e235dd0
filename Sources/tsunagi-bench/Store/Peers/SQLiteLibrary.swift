/// `libsqlite3.so.0`, opened at run time: the dozen functions that a measurement needs.
@safe struct SQLiteLibrary {
    typealias Raw = OpaquePointer
    typealias Open = @convention(c) (UnsafePointer<CChar>, UnsafeMutablePointer<Raw?>) -> Int32
    typealias One = @convention(c) (Raw?) -> Int32
    typealias Exec =
        @convention(c) (
            Raw?, UnsafePointer<CChar>, UnsafeRawPointer?, UnsafeRawPointer?, UnsafeRawPointer?
        ) -> Int32
    typealias Prepare =
        @convention(c) (Raw?, UnsafePointer<CChar>, Int32, UnsafeMutablePointer<Raw?>, UnsafeRawPointer?) ->
        Int32
    typealias BindInteger = @convention(c) (Raw?, Int32, Int64) -> Int32
    typealias BindDouble = @convention(c) (Raw?, Int32, Double) -> Int32
    typealias ColumnInteger = @convention(c) (Raw?, Int32) -> Int64
    typealias ColumnDouble = @convention(c) (Raw?, Int32) -> Double
    typealias Text = @convention(c) () -> UnsafePointer<CChar>?

    let open: Open
    let close: One
    let exec: Exec
    let prepare: Prepare
    let step: One
    let reset: One
    let finalize: One
    let bindInteger: BindInteger
    let bindDouble: BindDouble
    let columnInteger: ColumnInteger
    let columnDouble: ColumnDouble
    /// `3.40.1`.
    let version: String

    /// Nil when it is not installed.
    init?() {
        guard let library = DynamicLibrary("libsqlite3.so.0") else { return nil }
        do {
            unsafe open = try library.function("sqlite3_open", as: Open.self)
            unsafe close = try library.function("sqlite3_close_v2", as: One.self)
            unsafe exec = try library.function("sqlite3_exec", as: Exec.self)
            unsafe prepare = try library.function("sqlite3_prepare_v2", as: Prepare.self)
            unsafe step = try library.function("sqlite3_step", as: One.self)
            unsafe reset = try library.function("sqlite3_reset", as: One.self)
            unsafe finalize = try library.function("sqlite3_finalize", as: One.self)
            unsafe bindInteger = try library.function("sqlite3_bind_int64", as: BindInteger.self)
            unsafe bindDouble = try library.function("sqlite3_bind_double", as: BindDouble.self)
            unsafe columnInteger = try library.function("sqlite3_column_int64", as: ColumnInteger.self)
            unsafe columnDouble = try library.function("sqlite3_column_double", as: ColumnDouble.self)
            let text = unsafe try library.function("sqlite3_libversion", as: Text.self)()
            version = unsafe text.map { unsafe String(cString: $0) } ?? ""
        } catch {
            return nil
        }
    }
}
