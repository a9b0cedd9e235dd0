import ArgumentParser
import Bus
import Glibc
import Readings
import Settings
import Synchronization

/// `tsunagi simulate`: speaks like a small factory, for the quickstart and for trying a configuration.
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Plays recorded machines and simulated stock movements into the broker.",
        discussion: """
            Publishes as a sensor would: recordings of a real machine tool and of a real plant's energy, and the \
            movements of a shelf. The topics are those of config/quickstart.yaml.
            """
    )

    @Option(
        name: .shortAndLong,
        help: "The gateway's configuration; tells the broker and the sensors' password."
    )
    var config: String

    @Option(help: "The folder of the recordings.")
    var recordings: String = "config/recordings"

    @Option(help: "How many times faster than recorded the machine tool is played, 0.1 to 1000.")
    var speed: Double = 20

    @Option(help: "Ends by itself after so many seconds.")
    var seconds: Int?

    @Option(help: "The same seed tells the same story.")
    var seed: UInt64 = 1

    func validate() throws {
        guard (0.1...1000).contains(speed) else { throw ValidationError("--speed lies between 0.1 and 1000") }
        if let seconds, seconds < 1 { throw ValidationError("--seconds is at least 1") }
    }

    func run() async throws {
        let settings = try Settings.reading(config)
        let machine = MachineRecording(text: try readText("\(recordings)/mazak01-2019-03-14.txt"))
        // All columns but the stamp, which is the present one.
        let energy = try readText("\(recordings)/steel-2018-01.csv").split(separator: "\n").dropFirst()
            .compactMap { $0.split(separator: ",", maxSplits: 1).last }
        var factory = Factory(machine: machine, energy: energy, speed: speed, seed: seed, now: WallClock.now)
        let publisher = BusPublisher(try Links.sensors(of: settings, client: "simulate-\(getpid())"))
        publisher.start()
        defer { publisher.stop() }
        let end = seconds.map { WallClock.now.advanced(byMs: Int64($0) * 1000) } ?? .distantFuture
        let told = Atomic<Int>(0)
        let refused = Mutex<String?>(nil)
        while WallClock.now < end {
            for message in factory.messages(dueAt: WallClock.now) {
                publisher.publish(message) { result in
                    switch result {
                    case .success: told.add(1, ordering: .relaxed)
                    case .failure(let failure): refused.withLock { $0 = failure.description }
                    }
                }
            }
            if let failure = refused.withLock({ $0 }) { throw Trouble("error: \(failure)") }
            try await Task.sleep(for: .milliseconds(100))
        }
        Console.say("\(told.load(ordering: .relaxed)) messages were taken by the broker")
    }
}

/// The machine's clock, read where time comes in.
enum WallClock {
    /// Now, to the millisecond.
    static var now: Instant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Milliseconds since the machine started, whatever is done to its clock.
    static var uptimeMs: Int64 { uptimeNs / 1_000_000 }

    /// The same in nanoseconds.
    static var uptimeNs: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
