import ArgumentParser
import FoundationEssentials

/// `tsunagi completion SHELL`: what a shell needs to complete our words.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Prints a script that completes commands and options in bash, zsh or fish.",
        discussion: """
            bash: tsunagi completion bash > ~/.local/share/bash-completion/completions/tsunagi
            zsh: tsunagi completion zsh > a folder of $fpath, as _tsunagi
            fish: tsunagi completion fish > ~/.config/fish/completions/tsunagi.fish
            """
    )

    @Argument(help: "bash, zsh or fish.", completion: .list(CompletionShell.allCases.map(\.rawValue)))
    var shell: String

    func run() throws {
        guard let shell = CompletionShell(rawValue: shell) else {
            throw ValidationError("there is no completion for \(shell): bash, zsh and fish have one")
        }
        Console.say(Tsunagi.completionScript(for: shell))
    }
}

/// `tsunagi manual FOLDER`: all manual pages, made of the same parser as the commands.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Writes the manual pages into a folder, such as /usr/local/share/man/man1."
    )

    @Argument(help: "Where; it is made if it is not there.")
    var folder: String

    func run() throws {
        try makeFolder(folder, mode: 0o755)
        let pages = try CommandOutline.whole().all.map(ManualPage.init)
        for page in pages {
            try Data(page.text.utf8).write(to: URL(filePath: "\(folder)/\(page.file)"))
        }
        Console.say("\(pages.count) pages in \(folder)")
    }
}
