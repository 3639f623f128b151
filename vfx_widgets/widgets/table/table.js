import { h, say, count, listen, keepKeys, kernelBehind } from "./common.js";
import { ACTIONS, fillRow, elapsed } from "./job_row.js";

/** @typedef {import("./job_row.js").Row} Row */

const QUIET = 20_000; // ms without news of a running job, after which the kernel is asked whether it is there
const FILTER_FROM = 4; // rows from which sorting and filtering are offered
const GROUPS = { running: "running", waiting: "waiting", success: "done", danger: "failed", warning: "stopped" };
const ORDERS = /** @type {Record<string, (a: Row, b: Row) => number>} */ ({
  state: (a, b) => Object.keys(GROUPS).indexOf(a.tone) - Object.keys(GROUPS).indexOf(b.tone),
  clip: (a, b) => a.clip.localeCompare(b.clip),
  elapsed: (a, b) => elapsed(b) - elapsed(a),
});

/**
 * All jobs in one table. The kernel sends rows that changed; a row's cells are made when it comes into view.
 *
 * @param {{model: any, el: HTMLElement}} context
 */
function render({ model, el }) {
  /** @type {Map<string, {row: Row, node: HTMLElement, cells: ReturnType<typeof fillRow>|null}>} */
  const entries = new Map();
  const visible = new Set();
  let there = true;
  let heard = performance.now();
  let paused = false;
  let nextCheck = /** @type {{at: number, seconds: number}|null} */ (null);

  const totals = h("span.vfxw-muted");
  const creditsLeft = h("span.vfxw-muted");
  const next = h("span.vfxw-next.vfxw-muted");
  const live = h("div.vfxw-unseen", { role: "status" });
  const silent = h("span.vfxw-silent", { hidden: true }, "as last heard of: no kernel answers; run this cell again");
  const search = h("input.vfxw-search", { type: "search", placeholder: "Filter", "aria-label": "Filter the jobs", oninput: () => arrange() });
  const only = h("select", { "aria-label": "Show only", onchange: () => arrange() });
  const order = h("select", { "aria-label": "Sort by", onchange: () => arrange() });
  only.append(h("option", { value: "" }, "All states"), ...Object.entries(GROUPS).map(([value, text]) => h("option", { value }, text)));
  order.append(
    h("option", { value: "" }, "As submitted"),
    ...Object.keys(ORDERS).map((value) => h("option", { value }, `By ${value}`)),
  );
  const pause = h("button", { type: "button", hidden: true, onclick: () => kernel.tell({ type: paused ? "go_on" : "pause" }) }, "Pause all");
  const tools = h("div.vfxw-tools", { hidden: true }, search, only, order);
  const empty = h("p.vfxw-empty.vfxw-muted", {}, "No jobs yet. Each clip that you submit gets a row here.");
  const none = h("p.vfxw-empty.vfxw-muted", { hidden: true }, "No job matches the filter.");
  const body = h("div.vfxw-body", { role: "rowgroup" });
  const headings = ["State", "Clip", "Progress", "Elapsed", "Actions"];
  const grid = h(
    "div.vfxw-grid",
    { role: "table", "aria-label": "Jobs" },
    h("div.vfxw-unseen", { role: "rowgroup" }, h("div", { role: "row" }, ...headings.map((text) => h("span", { role: "columnheader" }, text)))),
    body,
  );
  const scroller = h("div.vfxw-scroll", { tabIndex: 0, role: "region", "aria-label": "List of jobs" }, grid);

  el.append(
    h(
      "section.vfxw.vfxw-jobs",
      { "aria-label": "Jobs" },
      h("header.vfxw-head", {}, h("h2", {}, "Jobs"), totals, creditsLeft, silent, next, h("div.vfxw-right", {}, tools, pause)),
      empty,
      none,
      scroller,
      live,
    ),
  );

  const watcher = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        const entry = entries.get(/** @type {HTMLElement} */ (target).dataset.job ?? "");
        if (!entry) continue;
        if (!isIntersecting) visible.delete(entry);
        else {
          visible.add(entry);
          entry.cells ??= fillRow(entry.node, act, () => there);
          entry.cells.update(entry.row);
        }
      }
    },
    { root: scroller, rootMargin: "200px" },
  );

  /** @param {string} type @param {Row} row @param {HTMLElement} button */
  function act(type, row, button) {
    const [text, name] = { copy: [row.media_id, "media ID"], copy_path: [row.path, "path"] }[type] ?? [];
    if (!text) return kernel.tell({ type, id: row.id });
    copy(text).then((done) => {
      button.style.minWidth = `${button.offsetWidth}px`; // its neighbours stay where they are
      say(button, done ? "Copied" : "Can’t copy");
      say(live, done ? `The ${name} was copied.` : "The browser does not let this page copy.");
      setTimeout(() => say(button, ACTIONS[type][0]), 1500);
    });
  }

  /** @param {Row[]} rows */
  function take(rows) {
    const at = performance.now();
    for (const told of rows) {
      const row = { ...told, at };
      const entry = entries.get(row.id);
      if (entry) {
        if (entry.row.word !== row.word) say(live, `${row.clip}: ${row.word}`);
        entry.row = row;
        if (entry.cells && visible.has(entry)) entry.cells.update(row);
      } else {
        const node = h("div.vfxw-row", { role: "row" }, h("span.vfxw-unseen", { role: "cell" }, `${row.clip}: ${row.word}`));
        node.dataset.job = row.id;
        entries.set(row.id, { row, node, cells: null });
        watcher.observe(node);
      }
    }
    arrange();
  }

  let shown = "";

  /** Puts the rows that match the filter in order; touches the page only when something has moved. */
  function arrange() {
    const words = search.value.trim().toLowerCase();
    const all = [...entries.values()];
    const matching = all.filter(
      ({ row }) =>
        (!only.value || row.tone === only.value) &&
        (!words || `${row.clip} ${row.key} ${row.word} ${row.media_id}`.toLowerCase().includes(words)),
    );
    const compare = ORDERS[order.value];
    if (compare) matching.sort((a, b) => compare(a.row, b.row));
    const wanted = matching.map(({ row }) => row.id).join();
    if (wanted !== shown) {
      shown = wanted;
      const focused = document.activeElement;
      body.replaceChildren(...matching.map(({ node }) => node));
      if (focused instanceof HTMLElement && body.contains(focused)) focused.focus();
    }
    const tally = Object.entries(GROUPS).flatMap(([tone, text]) => {
      const n = all.filter(({ row }) => row.tone === tone).length;
      return n ? [`${n.toLocaleString("en")} ${text}`] : [];
    });
    say(totals, tally.join(" · "));
    empty.hidden = all.length > 0;
    scroller.hidden = all.length === 0;
    none.hidden = !all.length || matching.length > 0;
    tools.hidden = all.length < FILTER_FROM;
  }

  function tick() {
    for (const entry of visible) if (entry.row.ticking) entry.cells?.tick();
    if (there && performance.now() - heard > QUIET && [...entries.values()].some(({ row }) => row.ticking)) {
      heard = performance.now();
      kernel.hello(); // one that was shut down says nothing of it
    }
    const left = nextCheck && nextCheck.seconds - (performance.now() - nextCheck.at) / 1000;
    say(next, paused ? "paused" : left !== null && left > 0.5 ? `next check in ${Math.ceil(left)} s` : "");
  }

  /**
   * What stands above the table.
   *
   * @param {{next_poll?: number|null, can_pause?: boolean, paused?: boolean, credits?: number|null}} summary
   */
  function drawSummary(summary) {
    const { next_poll = null, can_pause = false, credits = null } = summary;
    paused = Boolean(summary.paused);
    nextCheck = next_poll === null ? null : { at: performance.now(), seconds: next_poll };
    pause.hidden = !can_pause;
    say(pause, paused ? "Go on" : "Pause all");
    say(creditsLeft, credits === null ? "" : `${count(credits, "credit")} left`);
    tick();
  }

  /** Rows as the kernel last put them into the trait: the saved notebook's, or a reload's. */
  function start() {
    take(model.get("rows").map((/** @type {Row} */ row) => ({ ...row, ticking: row.ticking && there })));
  }

  const stop = listen(model, {
    "change:rows": start,
    "msg:custom": (message) => {
      heard = performance.now();
      if (message.type !== "rows") return;
      remember(model.get("rows"), message.rows);
      take(message.rows);
      if (message.summary) drawSummary(message.summary);
    },
  });
  start();
  const timer = setInterval(tick, 250);
  const kernel = kernelBehind(model, (now) => {
    there = now;
    silent.hidden = there;
    body.classList.toggle("vfxw-still", !there);
    start(); // without one the seconds stand still
    if (!there) drawSummary({});
  });
  const letGo = keepKeys(el);
  return () => {
    clearInterval(timer);
    letGo();
    kernel.stop();
    watcher.disconnect();
    stop();
  };
}

/**
 * Keeps the model's own list current, in place, so that a notebook saved now holds the rows as they are now.
 *
 * @param {Row[]} kept
 * @param {Row[]} changed
 */
function remember(kept, changed) {
  const places = new Map(kept.map((row, index) => [row.id, index]));
  for (const row of changed) {
    const place = places.get(row.id);
    if (place !== undefined) kept[place] = row;
    else places.set(row.id, kept.push(row) - 1);
  }
}

/**
 * @param {string} text
 * @returns {Promise<boolean>} Whether the text is on the clipboard.
 */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h("textarea", { value: text });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy"); // where the page may not use the newer way: Voila over http
    area.remove();
    return done;
  }
}

export default { render };
