import Glibc

/// What is done with the bytes that the fuzzer made up; 0.
public typealias FuzzBody = @convention(c) (_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: FuzzBody
) -> CInt

/// Hands the program over to libFuzzer with the words of the command line: `-max_total_time=60 corpus/`.
public func fuzz(_ body: FuzzBody) -> Never {
    var count = CommandLine.argc
    var words = CommandLine.unsafeArgv
    exit(runDriver(&count, &words, body))
}
