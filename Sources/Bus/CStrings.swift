internal import Glibc

/// Lends C copies of the texts, with a NULL after the last, for the length of the call.
func withCStrings<Result, Failure: Error>(
    _ texts: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws(Failure) -> Result
) throws(Failure) -> Result {
    let lent = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count + 1)
    for index in texts.indices { unsafe (lent + index).initialize(to: strdup(texts[index])) }
    unsafe (lent + texts.count).initialize(to: nil)
    defer {
        for index in texts.indices { unsafe free(lent[index]) }
        unsafe lent.deallocate()
    }
    return try unsafe body(UnsafePointer(lent))
}
