import Glibc

/// `librrd.so.8`, opened at run time.
@safe struct RRDLibrary {
    typealias Words = UnsafeMutablePointer<UnsafePointer<CChar>?>
    typealias Create = @convention(c) (UnsafePointer<CChar>, UInt, time_t, Int32, Words) -> Int32
    typealias Update = @convention(c) (UnsafePointer<CChar>, UnsafePointer<CChar>?, Int32, Words) -> Int32
    typealias Fetch =
        @convention(c) (
            UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeMutablePointer<time_t>,
            UnsafeMutablePointer<time_t>, UnsafeMutablePointer<UInt>, UnsafeMutablePointer<UInt>,
            UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
            UnsafeMutablePointer<UnsafeMutablePointer<Double>?>
        ) -> Int32
    typealias Last =
        @convention(c) (
            UnsafePointer<CChar>, UnsafeMutablePointer<time_t>, UnsafeMutablePointer<UInt>,
            UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
            UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>
        ) -> Int32
    typealias Text = @convention(c) () -> UnsafePointer<CChar>?
    typealias Clear = @convention(c) () -> Void

    private let createFile: Create
    private let updateFile: Update
    private let fetchFile: Fetch
    private let lastOfFile: Last
    private let errorText: Text
    private let clearError: Clear

    /// Nil when it is not installed.
    init?() {
        guard let library = DynamicLibrary("librrd.so.8") else { return nil }
        do {
            unsafe createFile = try library.function("rrd_create_r", as: Create.self)
            unsafe updateFile = try library.function("rrd_update_r", as: Update.self)
            unsafe fetchFile = try library.function("rrd_fetch_r", as: Fetch.self)
            unsafe lastOfFile = try library.function("rrd_lastupdate_r", as: Last.self)
            unsafe errorText = try library.function("rrd_get_error", as: Text.self)
            unsafe clearError = try library.function("rrd_clear_error", as: Clear.self)
        } catch {
            return nil
        }
    }

    /// Makes a file of sources and archives.
    func create(_ path: String, stepSeconds: Int, before: Int, _ words: [String]) throws {
        let code = unsafe RRDLibrary.withWords(words) { count, list in
            unsafe createFile(path, UInt(stepSeconds), before, count, list)
        }
        guard code == 0 else { throw failure(path) }
    }

    /// Adds rows `seconds:value:value…`.
    func update(_ path: String, _ rows: [String]) throws {
        let code = unsafe RRDLibrary.withWords(rows) { count, list in
            unsafe updateFile(path, nil, count, list)
        }
        guard code == 0 else { throw failure(path) }
    }

    /// What one archive holds of one source in `from ..< to` seconds; a row carries the end of its step.
    func fetch(
        _ path: String,
        _ fold: String,
        stepSeconds: Int,
        from: Int,
        to: Int,
        source: Int
    ) throws -> [(seconds: Int, value: Double)] {
        var (start, end) = (time_t(from), time_t(to))
        var (step, sources) = (UInt(stepSeconds), UInt(0))
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        var values: UnsafeMutablePointer<Double>?
        let code = unsafe fetchFile(path, fold, &start, &end, &step, &sources, &names, &values)
        guard code == 0, let values = unsafe values, step > 0 else { throw failure(path) }
        defer {
            unsafe RRDLibrary.release(names, Int(sources))
            unsafe free(values)
        }
        var rows: [(seconds: Int, value: Double)] = []
        for row in 0..<((end - start) / Int(step)) {
            let value = unsafe values[row * Int(sources) + source]
            if !value.isNaN { rows.append((start + (row + 1) * Int(step), value)) }
        }
        return rows
    }

    /// How many sources of a file have a latest value.
    func latest(_ path: String) throws -> Int {
        var last = time_t(0)
        var sources = UInt(0)
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        var values: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        guard unsafe lastOfFile(path, &last, &sources, &names, &values) == 0 else { throw failure(path) }
        defer {
            unsafe RRDLibrary.release(names, Int(sources))
            unsafe RRDLibrary.release(values, Int(sources))
        }
        var found = 0
        for place in 0..<Int(sources) {
            if let text = unsafe values?[place], unsafe strcmp(text, "U") != 0 { found += 1 }
        }
        return found
    }

    private func failure(_ path: String) -> BenchFailure {
        let text = unsafe errorText()
        defer { clearError() }
        return BenchFailure("librrd, \(path): \(unsafe text.map { unsafe String(cString: $0) } ?? "refused")")
    }

    private static func release(_ list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int) {
        guard let list = unsafe list else { return }
        for place in 0..<count { unsafe free(list[place]) }
        unsafe free(list)
    }

    private static func withWords(_ words: [String], _ body: (Int32, Words) -> Int32) -> Int32 {
        let copies = unsafe words.map { unsafe strdup($0) }
        defer { unsafe copies.forEach { unsafe free($0) } }
        var list = unsafe copies.map { unsafe UnsafePointer($0) } + [nil]
        return unsafe list.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return -1 }
            return unsafe body(Int32(words.count), base)
        }
    }
}
