import Desk
import Foundation
import Testing

/// The board as people see it: in a real browser.
@Suite struct BoardBrowserTests {
    /// Where the pictures go that people look at after a change.
    private static let pictures = "\(ReadmeTests.root)/.build/board"

    private static let hasBrowser =
        FileManager.default.isExecutableFile(atPath: "/usr/bin/chromium")

    /// Twenty seconds before a minute ends, so that a release leaves while somebody looks.
    private static func clock(in workshop: Workshop) throws -> ShiftedClock {
        let second = Int(Date().timeIntervalSince1970) % 60
        return try ShiftedClock(in: workshop, seconds: (100 - second) % 60)
    }

    /// By the daemon's clock, in milliseconds.
    private func now(of plant: BoardPlant) async throws -> Int {
        let stamp = try await plant.daemon.status().time
        let date = try Date(stamp, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        return Int(date.timeIntervalSince1970 * 1000)
    }

    /// Two hours of a press, and some movements at a shelf.
    private func play(_ plant: BoardPlant) async throws {
        let ms = try await now(of: plant)
        for step in 0..<240 {
            let stamp = ms - 7_200_000 + step * 30_000
            let degrees = 180 + Int(20 * sin(Double(step) / 12)) + step % 3
            let state = step % 60 < 40 ? "運転" : step % 60 < 50 ? "段取り" : "停止"
            plant.tell(
                "press/press-1",
                "{\"t\":\(stamp),\"temp\":\(degrees),\"state\":\"\(state)\",\"good\":\(step * 3)}"
            )
        }
        for quantity in [60, -4, -6, -4] {
            plant.tell("shelf/棚A", "{\"item\":\"ボルト-M8\",\"qty\":\(quantity)}")
        }
        plant.tell("shelf/棚B", "{\"item\":\"ナット-M8\",\"qty\":777}")
        let isTold = try await eventually(within: 15) {
            let nuts = try await plant.daemon.stock("ナット-M8")
            return try await plant.daemon.stock("ボルト-M8") == 46 && nuts == 777
        }
        #expect(isTold)
    }

    private func login(_ tab: Tab, _ plant: BoardPlant, _ name: String) async throws {
        try await tab.open(plant.address + "/")
        // The form comes with a 401, which is red in itself.
        #expect(tab.complaints.allSatisfy { $0.contains("401") }, "\(tab.complaints)")
        tab.browser.forgive(tab.session)
        _ = try await tab.value(
            """
            document.querySelector('[name=name]').value = '\(name)';
            document.querySelector('[name=password]').value = '\(BoardPlant.passwords[name] ?? "")';
            document.querySelector('form').submit();
            """
        )
        #expect(try await tab.waits(until: "document.querySelector('.top') !== null"), "\(name) is let in")
    }

    /// Points of a chart's canvas that are not the ground.
    private static let drawn = """
        (() => {
          const canvas = document.querySelector('.plot canvas');
          if (!canvas || !canvas.width) return 0;
          const points = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
          let drawn = 0;
          for (let index = 3; index < points.length; index += 4) if (points[index] > 40) drawn += 1;
          return drawn;
        })()
        """

    /// What stands at a chart's axis.
    private static let axis =
        "[...document.querySelectorAll('.dygraph-axis-label-x')].map(label => label.textContent)"

    @Test(
        "charts draw, values move, a count is taken, a partner sees its own, and no console turns red",
        .enabled(if: hasBrowser)
    )
    func board() async throws {
        let plant = try await BoardPlant(board: "login: true", clock: Self.clock(in:))
        defer { plant.end() }
        try await play(plant)
        // Eleven and a half or twelve and a half hours behind the plant.
        let browser = try Browser(in: plant.workshop, zone: "America/St_Johns")
        defer { browser.end() }
        let tab = try await browser.tab()
        try await login(tab, plant, "office")
        try await moves(tab, plant)
        try await charts(tab, plant)
        try await counts(tab, plant)
        #expect(tab.complaints.isEmpty, "\(tab.complaints)")
        try await partner(browser, plant)
        try await looks(tab, plant)
        #expect(tab.complaints.isEmpty, "\(tab.complaints)")
    }

    /// What is said on the bus is seen without the page being loaded again.
    private func moves(_ tab: Tab, _ plant: BoardPlant) async throws {
        #expect(try await tab.waits(until: "document.querySelector('#stock').textContent.includes('46')"))
        _ = try await tab.value("window.stays = true")
        plant.tell("shelf/棚A", "{\"item\":\"ボルト-M8\",\"qty\":-3}")
        let hasMoved = try await tab.waits(
            until:
                "window.stays && [...document.querySelectorAll('#stock tr')].some(row => /ボルト-M8.*43 /.test(row.textContent))"
        )
        let stock = try await tab.value("document.querySelector('#stock').textContent") as? String ?? ""
        #expect(hasMoved, "\(stock)")
        // A new item makes a new row.
        plant.tell("shelf/棚C", "{\"item\":\"座金\",\"qty\":12}")
        #expect(
            try await tab.waits(
                until: "window.stays && document.querySelector('#stock').textContent.includes('座金')"
            )
        )
        _ = try await tab.value(
            "document.querySelector('#find').value = '座金'; document.querySelector('#find').dispatchEvent(new Event('input'))"
        )
        let rows = try await tab.value(
            "[...document.querySelectorAll('#stock tr')].filter(row => !row.hidden).length"
        )
        #expect(rows as? Int == 1)
    }

    private func charts(_ tab: Tab, _ plant: BoardPlant) async throws {
        try await tab.open(plant.address + "/machine?site=ota&asset=press-1")
        #expect(try await tab.waits(until: "\(Self.drawn) > 500"), "a line and its axes")
        for (range, tier) in [("1h", "samples"), ("30d", "hours"), ("5y", "days"), ("24h", "minutes")] {
            _ = try await tab.value("document.querySelector('.ranges a[href$=\"range=\(range)\"]').click()")
            let isThere = "document.querySelector('figure.chart h3').textContent.includes('\(tier)')"
            #expect(try await tab.waits(until: isThere), "\(range) is drawn of \(tier)")
            #expect(try await tab.waits(until: "\(Self.drawn) > 0"))
            try await clocks(tab, plant, of: range)
        }
        // Zooming in by hand reads finer history.
        _ = try await tab.value(
            """
            (() => {
              const area = document.querySelector('.plot canvas:last-of-type').parentElement.querySelectorAll('canvas');
              const top = area[area.length - 1], box = top.getBoundingClientRect();
              const at = (type, x) => new MouseEvent(type, {bubbles: true, cancelable: true, view: window, button: 0,
                clientX: box.left + x, clientY: box.top + 60, screenX: box.left + x, screenY: box.top + 60});
              const right = box.width - 10;
              top.dispatchEvent(at('mousedown', right - 40));
              document.dispatchEvent(at('mousemove', right - 10));
              document.dispatchEvent(at('mouseup', right - 10));
            })()
            """
        )
        let isFiner = "document.querySelector('figure.chart h3').textContent.includes('samples')"
        #expect(try await tab.waits(until: isFiner), "two hours or less are drawn of the samples")
        let ms = try await now(of: plant)
        plant.tell("press/press-1", "{\"t\":\(ms),\"temp\":123.5}")
        #expect(try await tab.waits(until: "document.querySelector('#series').textContent.includes('123.5')"))
        try await tab.open(
            plant.address + "/item?name=%E3%83%9C%E3%83%AB%E3%83%88-M8"
        )
        #expect(try await tab.waits(until: "\(Self.drawn) > 300"), "stock over time")
    }

    /// The axis of a chart, and the words at the pointer, are by the plant's clocks, nine hours ahead of UTC.
    private func clocks(_ tab: Tab, _ plant: BoardPlant, of range: String) async throws {
        let zone = try await tab.value("Intl.DateTimeFormat().resolvedOptions().timeZone")
        #expect(zone as? String == "America/St_Johns", "else nothing would be shown by this")
        #expect(try await tab.waits(until: "\(Self.axis).length > 1"))
        let labels = try await tab.value(Self.axis) as? [String] ?? []
        let now = try await now(of: plant) / 1000 + 9 * 3600
        switch range {
        case "1h":
            // 09:05 and the like, all within the hour that has just passed.
            for label in labels where !label.contains("\u{A0}") {
                let words = label.split(separator: ":").compactMap { Int($0) }
                guard words.count == 2 else {
                    Issue.record("\(label) in \(labels)")
                    continue
                }
                let ago = (now / 60 - words[0] * 60 - words[1] + 2 * 1440) % 1440
                #expect(ago <= 75 || ago > 1438, "\(label) in \(labels)")
            }
        case "24h":
            // Whole hours, in the night the day.
            #expect(labels.allSatisfy { $0.hasSuffix(":00") || $0.contains("\u{A0}") }, "\(labels)")
        default:
            #expect(labels.allSatisfy { $0.contains("\u{A0}") || Int($0) != nil }, "\(labels)")
        }
        _ = try await tab.value(
            """
            (() => {
              const all = document.querySelectorAll('.plot canvas'), box = all[all.length - 1].getBoundingClientRect();
              all[all.length - 1].dispatchEvent(new MouseEvent('mousemove', {bubbles: true, view: window,
                clientX: box.right - 20, clientY: box.top + 60}));
            })()
            """
        )
        let legend = "document.querySelector('.dygraph-legend').textContent"
        #expect(try await tab.waits(until: "\(legend).includes('·')"), "\(range)")
        let told = try await tab.value(legend) as? String ?? ""
        guard range == "1h" else { return }
        let day = Date(timeIntervalSince1970: Double(now)).formatted(.iso8601.year().month().day())
        let other = Date(timeIntervalSince1970: Double(now - 7200)).formatted(.iso8601.year().month().day())
        #expect(told.hasPrefix(day) || told.hasPrefix(other), "\(told) on \(day)")
        let words = told.dropFirst(11).prefix(8).split(separator: ":").compactMap { Int($0) }
        #expect(words.count == 3, "\(told)")
        if words.count == 3 {
            let ago = (now / 60 - words[0] * 60 - words[1] + 2 * 1440) % 1440
            #expect(ago <= 75 || ago > 1438, "\(told)")
        }
    }

    /// The axis of a Japanese page names days and months in Japanese.
    private func dates(_ tab: Tab) async throws {
        for (range, form) in [("30d", "\\d+月\\d+日"), ("5y", "\\d+年(\\d+月)?|\\d+")] {
            _ = try await tab.value("document.querySelector('.ranges a[href$=\"range=\(range)\"]').click()")
            let isEach = "\(Self.axis).every(label => /^(\(form))$/.test(label))"
            let isJapanese = try await tab.waits(until: "\(Self.axis).length > 1 && \(isEach)")
            let labels = try await isJapanese ? [] : tab.value(Self.axis) as? [String]
            #expect(labels == [], "\(range)")
        }
    }

    private func counts(_ tab: Tab, _ plant: BoardPlant) async throws {
        _ = try await tab.value(
            "document.querySelector('[name=quantity]').value = '40'; document.querySelector('form.count').requestSubmit()"
        )
        #expect(
            try await tab.waits(until: "document.querySelector('.note.ok') !== null"),
            "the count is taken"
        )
        #expect(try await tab.waits(until: "document.querySelector('#places').textContent.includes('40')"))
        #expect(try await plant.daemon.stock("ボルト-M8") == 40)
    }

    /// The same page for the partner and for the operator who looks as it does, made of what was released.
    private func partner(_ browser: Browser, _ plant: BoardPlant) async throws {
        let tab = try await browser.tab()
        try await login(tab, plant, "buyer")
        let isReleased = "document.querySelector('main').textContent.includes('ボルト-M8')"
        #expect(try await tab.waits(until: isReleased, within: 40), "the release arrives by itself")
        let text = try await tab.value("document.body.textContent") as? String ?? ""
        let code = try await tab.value("document.documentElement.outerHTML") as? String ?? ""
        // 46, 43 or 40 at the minute's end, to the nearest ten.
        #expect(text.contains("50 pcs") || text.contains("40 pcs"), "\(text)")
        for word in ["46 pcs", "43 pcs", "777"] { #expect(!text.contains(word), "\(word): \(text)") }
        for word in ["ナット", "棚", "press-1", "buyer-2", "座金", "withheld by"] {
            #expect(!code.contains(word), "\(word) is nothing for this partner: \(code)")
        }
        let operators = try await browser.tab()
        try await login(operators, plant, "office")
        try await operators.open(plant.address + "/partner?id=buyer-1")
        let main =
            "document.querySelector('main').innerHTML.replace(/<time.*?<.time>/g, '').replace(/ new\\b/g, '')"
        let (own, same) = (try await tab.value(main) as? String, try await operators.value(main) as? String)
        #expect(own == same, "as seen by buyer-1 is what buyer-1 sees")
        try await tab.picture("\(Self.pictures)/partner-en-light.png")
        #expect(
            tab.complaints.isEmpty && operators.complaints.isEmpty,
            "\(tab.complaints) \(operators.complaints)"
        )
    }

    /// Every page in both languages, light and dark, on a wide screen and on a telephone.
    private func looks(_ tab: Tab, _ plant: BoardPlant) async throws {
        let pages = [
            ("overview", "/?"), ("machine", "/machine?site=ota&asset=press-1&"),
            ("partner", "/partner?id=buyer-1&"),
        ]
        for (name, place) in pages {
            for (language, theme) in [("en", "light"), ("ja", "dark"), ("ja", "light"), ("en", "dark")] {
                try await tab.open("\(plant.address)\(place)lang=\(language)&theme=\(theme)")
                if name == "machine" { #expect(try await tab.waits(until: "\(Self.drawn) > 500")) }
                try await tab.picture("\(Self.pictures)/\(name)-\(language)-\(theme).png")
                #expect(try await tab.value("document.documentElement.lang") as? String == language)
                if name == "machine" && language == "ja" { try await dates(tab) }
            }
        }
        let grounds = "getComputedStyle(document.documentElement).backgroundColor"
        #expect(try await tab.value(grounds) as? String == "rgb(16, 21, 27)", "dark is dark")
        try await tab.size(390, 844)
        for (language, theme) in [("ja", "light"), ("en", "dark")] {
            try await tab.open("\(plant.address)/?lang=\(language)&theme=\(theme)")
            try await tab.picture("\(Self.pictures)/phone-\(language)-\(theme).png", isWhole: true)
            let isNarrow = "document.documentElement.scrollWidth <= 390"
            #expect(try await tab.value(isNarrow) as? Bool == true, "nothing stands out at the side")
        }
    }
}
