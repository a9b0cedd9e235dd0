// What a page does by itself: ages that count on, rows that change, charts to zoom in. Everything can be read without it.
"use strict";
(() => {
  const say = (en, ja) => (document.documentElement.lang === "ja" ? ja : en);
  const body = document.body;
  // How far the gateway's clock is ahead of this browser's.
  let ahead = Number(body.dataset.now) - Date.now();

  // Ages. The same words as the server's: Language.span.
  const span = (s) => {
    s = Math.max(0, Math.floor(s));
    const h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60;
    if (s < 60) return say(`${s} s`, `${s}秒`);
    if (s < 3600) return say(`${m} min`, `${m}分`);
    if (s < 86400) return say(`${h} h ${m} min`, `${h}時間${m}分`);
    return say(`${Math.floor(s / 86400)} d ${h} h`, `${Math.floor(s / 86400)}日${h}時間`);
  };
  const age = (root = document) => {
    const now = (Date.now() + ahead) / 1000;
    for (const time of root.querySelectorAll("time[data-t]")) {
      const text = span(now - time.dataset.t);
      if (time.textContent !== text) time.textContent = text;
    }
  };
  age();
  setInterval(age, 1000);

  // What changes: one stream for the page, closed while nobody looks.
  const charts = [];
  let source = null, since = Number(body.dataset.now), failed = 0;
  const link = document.getElementById("link");
  const set = (id, [kind, html]) => {
    const element = document.getElementById(id);
    if (!element) return;
    element.innerHTML = html;
    element.className = kind;
    age(element);
    if (/^[srv].*[^t]$/.test(id)) {
      element.classList.add("new");
      setTimeout(() => element.classList.remove("new"), 1700);
    }
  };
  // Rows came or went: the lists are taken from the page as it is now.
  const reload = async () => {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    since = Math.max(since, Number(page.body.dataset.now));
    for (const list of document.querySelectorAll("[data-list]")) {
      const fresh = page.getElementById(list.id);
      if (fresh) list.replaceChildren(...fresh.childNodes);
      if (fresh && list.id === "alerts") list.parentElement.className = fresh.parentElement.className;
    }
    if (page.querySelectorAll("[data-list]").length !== document.querySelectorAll("[data-list]").length) location.reload();
    for (const one of page.querySelectorAll("[data-live]")) set(one.id, [one.className, one.innerHTML]);
    find();
    age();
  };
  const open = () => {
    if (source || document.hidden || !body.dataset.stream) return;
    source = new EventSource(`${body.dataset.stream}&since=${since}`);
    source.onmessage = (event) => {
      const told = JSON.parse(event.data);
      failed = 0;
      since = told.now;
      ahead = told.now - Date.now();
      link.className = "gone";
      if (told.set === null) return void reload();
      for (const [id, piece] of Object.entries(told.set)) set(id, piece);
      for (const chart of charts) chart.follow();
    };
    source.onerror = () => {
      failed += 1;
      link.className = "";
      link.textContent = say("The gateway does not answer; trying again …", "ゲートウェイから応答がありません。再接続中…");
      if (source.readyState === EventSource.CLOSED) {
        source = null;
        setTimeout(open, Math.min(30, 2 ** failed) * 1000);
      }
    };
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return open();
    if (source) source.close();
    source = null;
  });
  addEventListener("pagehide", () => { if (source) source.close(); });
  open();

  // Finds rows of the stock.
  const box = document.getElementById("find");
  const find = () => {
    if (!box) return;
    const words = box.value.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of document.querySelectorAll("#stock > tr")) {
      const text = words.length ? row.textContent.normalize("NFKC").toLowerCase() : "";
      row.hidden = !words.every((word) => text.includes(word));
    }
  };
  if (box) box.addEventListener("input", find);

  // Charts: the tier is chosen by the range that is looked at, so that zooming in shows ever finer history.
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const digits = new Intl.NumberFormat(document.documentElement.lang, { maximumSignificantDigits: 6 });
  const two = (n) => String(n).padStart(2, "0");
  const words = { sample: ["samples", "生データ"], minute: ["minutes", "分単位"], hour: ["hours", "時間単位"], day: ["days", "日単位"] };
  class Chart {
    constructor(figure) {
      this.figure = figure;
      this.plot = figure.querySelector(".plot");
      this.tier = document.createElement("small");
      figure.querySelector("h3").append(" ", this.tier);
      const here = figure.querySelector(".ranges [aria-current]");
      this.range = Number(here ? here.dataset.ms : 86400000);
      for (const link of figure.querySelectorAll(".ranges a")) {
        link.addEventListener("click", (event) => {
          event.preventDefault();
          for (const other of figure.querySelectorAll(".ranges a")) other.removeAttribute("aria-current");
          link.setAttribute("aria-current", "true");
          this.range = Number(link.dataset.ms);
          this.live = true;
          this.load();
        });
      }
      this.live = true;
      this.load();
    }
    async load(from, to) {
      const now = Date.now() + ahead;
      if (this.live) [from, to] = [now - this.range, now];
      const turn = (this.turn = (this.turn || 0) + 1);
      const answer = await fetch(`${this.figure.dataset.chart}&from=${Math.floor(from)}&to=${Math.ceil(to)}`);
      if (!answer.ok || turn !== this.turn) return;
      const line = await answer.json();
      if (turn !== this.turn) return;
      const rows = line.rows.map(([t, low, value, high]) => [new Date(t), [low, value, high]]);
      if (!rows.length) rows.push([new Date(from), [null, null, null]]);
      this.tier.textContent = `· ${say(...words[line.tier])}`;
      this.step = line.step;
      this.offsets = line.offsets;
      this.draw(rows, line, [from, to]);
    }
    draw(rows, line, window) {
      const theme = { axisLineColor: colour("--line"), gridLineColor: colour("--line"), colors: [colour("--accent")] };
      if (this.graph) {
        this.graph.updateOptions({ file: rows, dateWindow: window, stepPlot: line.stepped, ...theme });
        return;
      }
      this.plot.replaceChildren();
      const scale = this.figure.querySelector(".scale");
      if (scale) scale.remove();
      this.graph = new Dygraph(this.plot, rows, {
        labels: [say("Time", "時刻"), this.figure.dataset.title], customBars: true, dateWindow: window, stepPlot: line.stepped,
        fillAlpha: 0.18, strokeWidth: 1.6, gridLineWidth: 0.5, axisLabelFontSize: 12, digitsAfterDecimal: 3, legend: "follow",
        connectSeparatedPoints: false, animatedZooms: false, showRangeSelector: false, ...theme,
        axes: {
          x: { ticker: (...wish) => this.ticks(...wish) },
          y: { valueFormatter: (v) => digits.format(v), axisLabelFormatter: (v) => digits.format(v), axisLabelWidth: 60 },
        },
        legendFormatter: (data) => {
          if (data.x == null) return "";
          const value = data.series[0] && data.series[0].y;
          return `${this.stamp(data.x)} · ${value == null ? "–" : digits.format(value)} ${this.figure.dataset.unit}`;
        },
        zoomCallback: (from, to) => {
          const now = Date.now() + ahead;
          this.live = to >= now - 2000 && Math.abs(to - from - this.range) < 1000;
          this.load(from, Math.min(to, now));
        },
      });
      // Back to the whole range.
      this.plot.addEventListener("dblclick", () => { this.live = true; this.load(); });
      charts.push(this);
    }
    // How far the plant's clocks are ahead of UTC, in milliseconds: what the page tells is by them, wherever the browser is.
    offset(ms) {
      let seconds = this.offsets[0][1];
      for (const [from, other] of this.offsets) if (from <= ms) seconds = other;
      return seconds * 1000;
    }
    stamp(ms) {
      const d = new Date(ms + this.offset(ms));
      const day = `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`;
      return `${day} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
    }
    // Where the plant's clocks show round times: dygraphs finds them for clocks that show UTC.
    ticks(from, to, pixels, options, graph, values) {
      const words = options("axisLabelFormatter");
      const ours = { labelsUTC: true, axisLabelFormatter: (day, ...wish) => this.dated(day, words(day, ...wish)) };
      const asked = (name) => (name in ours ? ours[name] : options(name));
      const shown = Dygraph.dateTicker(from + this.offset(from), to + this.offset(to), pixels, asked, graph, values);
      return shown.map((tick) => ({ ...tick, v: tick.v - this.offset(tick.v - this.offset(tick.v)) }));
    }
    // Its dates are English: 01 Dec, Dec 2026.
    dated(day, label) {
      const [year, month] = [day.getUTCFullYear(), day.getUTCMonth() + 1];
      if (/^[A-Z]/.test(label)) return say(label, `${year}年${month}月`);
      return /[A-Z]/.test(label) ? say(label, `${month}月${day.getUTCDate()}日`) : label;
    }
    // New points come at most every two seconds, and no more often than the chart could show.
    follow() {
      const now = Date.now();
      const rest = Math.max(2000, Math.min(60000, this.range / 720));
      if (!this.live || now - (this.followed || 0) < rest) return;
      this.followed = now;
      this.load();
    }
  }
  if (window.Dygraph) for (const figure of document.querySelectorAll("figure.chart")) new Chart(figure);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((chart) => chart.load()));
})();
