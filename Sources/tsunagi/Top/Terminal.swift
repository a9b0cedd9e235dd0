import Glibc

/// The terminal as a screen of our own: nothing is scrolled, keys come one by one, and all is as before at the end.
struct Terminal: ~Copyable {
    private let before: termios

    /// - Throws: ``Trouble`` where there is no terminal.
    init() throws(Trouble) {
        var state = termios()
        guard isatty(STDIN_FILENO) == 1, Console.isTerminal, unsafe tcgetattr(STDIN_FILENO, &state) == 0
        else {
            throw Trouble("error: top wants a terminal; in a pipe use tsunagi status --json")
        }
        before = state
        unsafe cfmakeraw(&state)
        // Ctrl-C comes as a key: the terminal has to be put back first.
        unsafe tcsetattr(STDIN_FILENO, TCSANOW, &state)
        Console.write("\u{1B}[?1049h\u{1B}[?25l")
    }

    deinit {
        var state = before
        Console.write("\u{1B}[?25h\u{1B}[?1049l")
        unsafe _ = tcsetattr(STDIN_FILENO, TCSANOW, &state)
    }

    /// Columns and rows; those of the oldest terminals when it does not tell.
    var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
        else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Puts lines on the screen, cut to its size; what was there goes.
    func show(_ lines: [String]) {
        let (columns, rows) = size
        var text = "\u{1B}[H"
        for line in lines.prefix(rows) {
            text += TextTable.cut(line, to: columns) + "\u{1B}[K"
            text += "\r\n"
        }
        // The last line's end must not scroll.
        if lines.count >= rows { text.removeLast() }
        Console.write(text + "\u{1B}[J")
    }

    /// What was typed within the time; empty when nothing was.
    func keys(withinMs milliseconds: Int32) -> [UInt8] {
        var wish = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&wish, 1, milliseconds) > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe read(STDIN_FILENO, &bytes, bytes.count)
        // A terminal that is gone is a wish to end.
        return count > 0 ? Array(bytes[..<count]) : [UInt8(ascii: "q")]
    }
}
