import Foundation
import Testing

/// What shells and manuals are told of the commands.
@Suite struct ManualTests {
    @Test(
        "each shell's completion is read by that shell's own parser, where it is installed",
        arguments: ["bash", "zsh", "fish"]
    )
    func completion(shell: String) throws {
        let outcome = try Executable.run(["completion", shell])
        #expect(outcome.status == 0 && outcome.output.contains("doctor"), "\(outcome.errors)")
        let workshop = try Workshop()
        let file = try workshop.write(outcome.output, to: "completion")
        let program = "/usr/bin/\(shell)"
        guard FileManager.default.isExecutableFile(atPath: program) else { return }
        let read = try Executable.run(["-n", file], program: program)
        #expect(read.status == 0, "\(read.errors)")
    }

    @Test("an unknown shell is refused with those that are known")
    func unknownShell() throws {
        let outcome = try Executable.run(["completion", "tcsh"])
        #expect(outcome.status == 2 && outcome.errors.contains("bash, zsh and fish"), "\(outcome)")
    }

    @Test("there is a manual page for each command, and groff finds nothing wrong in any")
    func manual() throws {
        let workshop = try Workshop()
        let folder = "\(workshop.path)/man1"
        let outcome = try Executable.run(["manual", folder])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let pages = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(pages.contains("tsunagi.1") && pages.contains("tsunagi-share-explain.1"), "\(pages)")
        for page in pages {
            let read = try Executable.run(
                ["-man", "-Tutf8", "-ww", "-Kutf8", "-P-c", "-P-b", "-P-o", "-P-u", "\(folder)/\(page)"],
                program: "/usr/bin/groff"
            )
            #expect(read.status == 0 && read.errors.isEmpty, "\(page): \(read.errors)")
            #expect(read.output.contains("EXIT STATUS"), "\(page)")
        }
    }

    @Test("a mistyped command is answered with the one that was meant")
    func suggestion() throws {
        let outcome = try Executable.run(["statsu"])
        #expect(outcome.status == 2 && outcome.errors.contains("status"), "\(outcome)")
    }
}
