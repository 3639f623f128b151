import { copyText } from "../shared/clipboard.js";
import { h, setText } from "../shared/dom.js";
import { formatCount } from "../shared/format.js";
import { listen, onAbort } from "../shared/model.js";
import { ACTIONS, createRow } from "./row.js";
import { describeGroups, GROUPS, mergeRows, ORDERS, selectRows } from "./rows.js";

/**
 * @import { Row, TableSummary } from "../shared/messages.js"
 * @import { View } from "../shared/model.js"
 * @import { Action } from "./row.js"
 * @import { TimedRow } from "./rows.js"
 */

const TICK = 250; // ms between two drawings of what moves
const CHECK_AFTER = 20_000; // ms of silence under an active job, after which the kernel is asked for an answer
const TOOLS_FROM = 4; // rows from which sorting and filtering are offered
const COPIED_FOR = 1500; // ms

/**
 * The table of jobs. The kernel sends rows that have changed; the cells of a row are made when it comes into view.
 *
 * @param {View} view
 */
export function createTable(view) {
  const { model, kernel, signal } = view;
  /** @typedef {{row: TimedRow, node: HTMLElement, cells: ReturnType<typeof createRow> | null}} Entry */
  /** @type {Map<string, Entry>} By ID of the job. */
  const entries = new Map();
  /** @type {Set<Entry>} */
  const visible = new Set();
  let isPaused = false;
  let shownIds = "";
  let nextPollAt = /** @type {number | null} */ (null);

  const groups = h("span.muted");
  const credits = h("span.muted");
  const nextPoll = h("span.next-poll.small.muted");
  const announcement = h("div.sr-only", { role: "status" });
  const disconnected = h(
    "span",
    { hidden: true, "data-severity": "warning" },
    "Kernel disconnected. Run this cell again to update.",
  );
  const search = h("input", {
    type: "search",
    placeholder: "Filter",
    ariaLabel: "Filter the jobs",
    oninput: arrange,
  });
  const severity = h(
    "select",
    { ariaLabel: "Show only", onchange: arrange },
    new Option("All states", ""),
    ...Object.entries(GROUPS).map(([value, text]) => new Option(text, value)),
  );
  const order = h(
    "select",
    { ariaLabel: "Sort by", onchange: arrange },
    new Option("As submitted", ""),
    ...Object.keys(ORDERS).map((value) => h("option", { value }, `By ${value}`)),
  );
  const tools = h("div.line.small", search, severity, order);
  const pause = h("button", { hidden: true, onclick: () => kernel.send({ type: isPaused ? "unpause" : "pause" }) });
  const noJobs = h("p.empty.muted", "No jobs yet. Each clip that you submit gets a row here.");
  const noMatch = h("p.empty.muted", "No job matches the filter.");
  const body = h("div", { role: "rowgroup" });
  const headings = ["State", "Clip", "Progress", "Elapsed", "Actions"];
  const scroller = h(
    "div.scroll",
    { tabIndex: 0, role: "region", ariaLabel: "List of jobs" },
    h(
      "div",
      { role: "table", ariaLabel: "Jobs" },
      h(
        "div.sr-only",
        { role: "rowgroup" },
        h("div", { role: "row" }, ...headings.map((text) => h("span", { role: "columnheader" }, text))),
      ),
      body,
    ),
  );
  const node = h(
    "section.card.table",
    { ariaLabel: "Jobs" },
    h(
      "header.header.line",
      ...[h("h2", "Jobs"), groups, credits, disconnected, nextPoll],
      h("div.right.line", tools, pause),
    ),
    noJobs,
    noMatch,
    scroller,
    announcement,
  );

  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        const entry = entries.get(target.getAttribute("data-job") ?? "");
        if (!entry) continue;
        if (!isIntersecting) visible.delete(entry);
        else {
          visible.add(entry);
          entry.cells ??= createRow(entry.node, act, () => kernel.isConnected);
          entry.cells.update(entry.row);
        }
      }
    },
    { root: scroller, rootMargin: "200px" },
  );

  /** @param {Action} action @param {Row} row @param {HTMLButtonElement} button */
  const act = (action, { id, media_id, path }, button) => {
    if (action === "copy") copy(action, media_id, "media ID", button);
    else if (action === "copy_path") copy(action, path, "path", button);
    else if (action === "show" || action === "detach") kernel.send({ type: action, id });
    else kernel.send({ type: "resume", id }); // the kernel knows what comes next: to submit, poll or download
  };

  /** @param {Action} action @param {string} text @param {string} name @param {HTMLButtonElement} button */
  const copy = async (action, text, name, button) => {
    const copied = await copyText(text);
    button.style.minWidth = `${button.offsetWidth}px`; // the buttons beside it stay in place
    setText(button, copied ? "Copied" : "Can’t copy");
    setText(announcement, copied ? `The ${name} was copied.` : "The browser does not allow this page to copy.");
    setTimeout(() => setText(button, ACTIONS[action][0]), COPIED_FOR);
  };

  /** @param {Row[]} rows */
  const update = (rows) => {
    const receivedAt = performance.now();
    for (const changed of rows) {
      const row = { ...changed, receivedAt };
      const entry = entries.get(row.id);
      if (entry) {
        if (entry.row.label !== row.label) setText(announcement, `${row.clip}: ${row.label}`);
        entry.row = row;
        if (visible.has(entry)) entry.cells?.update(row);
      } else {
        const cell = h("span.sr-only", { role: "cell" }, `${row.clip}: ${row.label}`);
        const node = h("div.row", { role: "row", "data-job": row.id }, cell);
        entries.set(row.id, { row, node, cells: null });
        observer.observe(node);
      }
    }
    arrange();
  };

  /** Shows the rows that match the filter, in order; touches the page only where that has changed. */
  function arrange() {
    const all = [...entries.values()].map(({ row }) => row);
    const view = { severity: severity.value, words: search.value, order: order.value };
    const ids = selectRows(all, view, performance.now()).map(({ id }) => id);
    if (ids.join() !== shownIds) {
      shownIds = ids.join();
      const focused = document.activeElement;
      body.replaceChildren(...ids.flatMap((id) => entries.get(id)?.node ?? []));
      if (focused instanceof HTMLElement && body.contains(focused)) focused.focus();
    }
    setText(groups, describeGroups(all));
    noJobs.hidden = all.length > 0;
    scroller.hidden = !all.length;
    noMatch.hidden = !all.length || ids.length > 0;
    tools.hidden = all.length < TOOLS_FROM;
  }

  const tick = () => {
    for (const { row, cells } of visible) if (row.is_active) cells?.tick();
    const hasActive = () => [...entries.values()].some(({ row }) => row.is_active);
    if (kernel.isConnected && kernel.silence() > CHECK_AFTER && hasActive()) kernel.check(); // a kernel ends silently
    const left = nextPollAt === null ? 0 : (nextPollAt - performance.now()) / 1000;
    setText(nextPoll, isPaused ? "Paused" : left > 0.5 ? `Next check in ${Math.ceil(left)} s` : "");
  };

  /** @param {TableSummary} summary */
  const drawSummary = (summary) => {
    isPaused = summary.is_paused;
    nextPollAt = summary.next_poll === null ? null : performance.now() + 1000 * summary.next_poll;
    pause.hidden = !summary.can_pause;
    setText(pause, isPaused ? "Resume all" : "Pause all");
    setText(credits, summary.credits === null ? "" : `${formatCount(summary.credits, "credit")} left`);
    tick();
  };

  /** Draws the rows of the model, which come from the kernel or from the saved notebook. */
  const draw = () => {
    // Without a kernel the seconds stand still.
    update(model.get("rows").map((row) => ({ ...row, is_active: row.is_active && kernel.isConnected })));
  };

  listen(view, { "change:rows": draw });
  kernel.on("rows", ({ rows, summary }) => {
    // In place, so that a notebook saved now has the current rows, and nothing is sent back.
    mergeRows(model.get("rows"), rows);
    update(rows);
    if (summary) drawSummary(summary);
  });
  kernel.onConnectionChange(() => {
    disconnected.hidden = kernel.isConnected;
    draw();
    if (!kernel.isConnected) drawSummary({ next_poll: null, can_pause: false, is_paused: false, credits: null });
  });
  draw();
  const timer = setInterval(tick, TICK);
  onAbort(signal, () => {
    clearInterval(timer);
    observer.disconnect();
  });
  return node;
}
