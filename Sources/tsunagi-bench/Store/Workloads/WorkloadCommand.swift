import ArgumentParser

/// `tsunagi-bench workload`: writes the workloads to files, for other programs to measure.
struct WorkloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workload",
        abstract: "Writes the workloads of `store` as files: w1.bin from recordings, w2.bin from the seed."
    )

    @Option(help: "A folder of recordings; without it only w2.bin is written.") var data: String?
    @Option(help: "The folder to write to.") var out: String = "."

    func run() throws {
        if let data {
            let recordings = try Recordings(folder: data)
            for line in recordings.skipped { print("skipped \(line)") }
            try WorkloadFile.write(recordings.workload, to: "\(out)/w1.bin")
            report(recordings.workload)
            print(
                "  \(recordings.absent) marks of absence and \(recordings.replaced) repeated stamps left out"
            )
        }
        let factory = SyntheticFactory.workload()
        try WorkloadFile.write(factory, to: "\(out)/w2.bin")
        report(factory)
    }

    private func report(_ workload: Workload) {
        print(
            "\(workload.name): \(workload.devices.count) devices, \(workload.seriesCount) series, "
                + "\(workload.sampleCount) samples, \(workload.texts.count) texts"
        )
    }
}
