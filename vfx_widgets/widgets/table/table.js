import { createNoJobs } from "../help/placeholders.js";
import { copyText } from "../shared/clipboard.js";
import { h, setText } from "../shared/dom.js";
import { formatCount } from "../shared/format.js";
import { listen, onAbort } from "../shared/model.js";
import { saveFile } from "../shared/save_file.js";
import { createBatch } from "./batch.js";
import { createCauseList } from "./cause_list.js";
import { createPreview } from "./preview.js";
import { ACTIONS, createRow } from "./row.js";
import { describeGroups, GROUPS, mergeRows, removeRows, selectRows } from "./rows.js";
import { createSaveAll } from "./save_all.js";

/**
 * @import { Row, TableSummary } from "../shared/messages.js"
 * @import { View } from "../shared/model.js"
 * @import { Action } from "./row.js"
 * @import { TimedRow } from "./rows.js"
 */

const TICK = 250; // ms between two drawings of what moves
const CHECK_AFTER = 20_000; // ms of silence under an active job, after which the kernel is asked for an answer
const TOOLS_FROM = 4; // rows from which sorting and filtering are offered
const GROUP = 16; // rows that are drawn together
const COPIED_FOR = 1500; // ms
const ORDER_NAMES = {
  newest: "Newest first",
  submitted: "Oldest first",
  state: "By state",
  clip: "By clip",
  elapsed: "By elapsed time",
};

/**
 * The table of jobs. The kernel sends rows that have changed; the cells of a row are made when it comes into view.
 *
 * @param {View} view
 */
export function createTable(view) {
  const { model, kernel, signal, pictures } = view;
  /** @typedef {{row: TimedRow, node: HTMLElement, cells: ReturnType<typeof createRow> | null}} Entry */
  /** @type {Map<string, Entry>} By ID of the job. */
  const entries = new Map();
  /** @type {Set<Entry>} */
  const visible = new Set();
  /** @type {Map<string, Entry>} Those whose row has an error, by ID of the job. */
  const withError = new Map();
  /** @type {Map<string, number>} Rows by severity. */
  const counts = new Map();
  let marked = /** @type {HTMLElement | undefined} */ (undefined);
  const causes = createCauseList(kernel);
  const batch = createBatch(signal);
  let isPaused = false;
  let shownIds = /** @type {string[]} */ ([]);
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
    ariaLabel: "Filter by clip, state or media ID",
    oninput: arrange,
  });
  const severity = h(
    "select",
    { ariaLabel: "Filter by state", onchange: arrange },
    new Option("All states", ""),
    ...Object.entries(GROUPS).map(([value, text]) => new Option(text, value)),
  );
  const order = h(
    "select",
    { ariaLabel: "Sort by", onchange: arrange },
    ...Object.entries(ORDER_NAMES).map(([value, text]) => new Option(text, value)),
  );
  const clear = h(
    "button.small",
    { onclick: () => kernel.send({ type: "clear", ids: idsOf("success") }) },
    "Clear done",
  );
  const save = h("button.small", { onclick: () => kernel.send({ type: "save_table" }) }, "Export CSV");
  const saveAll = createSaveAll(kernel, signal);
  const tools = h("div.tools.line.small", search, severity, order, clear, saveAll.button, save, saveAll.remark);
  const pause = h("button.right", {
    hidden: true,
    onclick: () => kernel.send({ type: isPaused ? "unpause" : "pause" }),
  });
  const noJobs = createNoJobs();
  const noMatch = h("p.empty.muted", "No job matches the filter.");
  const body = h("div", { role: "presentation" });
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
  const preview = createPreview(
    body,
    (element) => entries.get(element.closest("[data-job]")?.getAttribute("data-job") ?? "")?.row,
    pictures,
  );
  scroller.addEventListener("scroll", preview.close, { passive: true });
  const node = h(
    "section.card.table",
    { ariaLabel: "Jobs" },
    h("header.header.line", ...[h("h2", "Jobs"), groups, credits, disconnected, nextPoll, pause]),
    batch.node,
    causes.node,
    tools,
    noJobs,
    noMatch,
    scroller,
    preview.node,
    announcement,
  );

  // Browsers look at each observed element in each frame, so not rows are observed but groups of them.
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        for (const node of target.children) {
          const entry = entries.get(node.getAttribute("data-job") ?? "");
          if (entry) (isIntersecting ? drawCells : dropCells)(entry);
        }
      }
    },
    { root: scroller, rootMargin: "200px" },
  );

  /** @param {Entry} entry */
  const drawCells = (entry) => {
    visible.add(entry);
    entry.cells ??= createRow(entry.node, act, () => kernel.isConnected, pictures);
    entry.cells.update(entry.row, causes.tells(entry.row));
  };

  /** @param {Entry} entry */
  const dropCells = (entry) => {
    if (!visible.has(entry) || entry.node.contains(document.activeElement)) return;
    visible.delete(entry);
    entry.cells?.drop();
    entry.cells = null;
    entry.node.replaceChildren(describeBriefly(entry.row));
  };

  /** What a row says while it is out of view. @param {Row} row */
  const describeBriefly = ({ clip, label }) => h("span.sr-only", { role: "cell" }, `${clip}: ${label}`);

  /** @param {string} group @returns {string[]} */
  const idsOf = (group) => [...entries.values()].flatMap(({ row }) => (row.severity === group ? row.id : []));

  /** @param {Action} action @param {Row} row @param {HTMLButtonElement} button */
  const act = (action, { id, media_id, path }, button) => {
    if (action === "copy") copy(action, media_id, "media ID", button);
    else if (action === "copy_path") copy(action, path, "path", button);
    else if (action === "show" || action === "detach") kernel.send({ type: action, id });
    else if (action === "retry") kernel.send({ type: action, ids: [id] });
    else kernel.send({ type: "resume", id }); // the kernel knows what comes next: to submit, poll or download
  };

  /** @param {Action} action @param {string} text @param {string} name @param {HTMLButtonElement} button */
  const copy = async (action, text, name, button) => {
    const copied = await copyText(text);
    button.style.minWidth = `${button.offsetWidth}px`; // the buttons beside it stay in place
    setText(button, copied ? "Copied" : "Can't copy");
    setText(announcement, copied ? `The ${name} was copied.` : "The browser does not allow this page to copy.");
    setTimeout(() => setText(button, ACTIONS[action][0]), COPIED_FOR);
  };

  const drawCauses = () => causes.update([...withError.values()].map(({ row }) => row));

  /** @param {TimedRow} row */
  const count = (row, /** @type {number} */ number) =>
    counts.set(row.severity, (counts.get(row.severity) ?? 0) + number);

  /** @param {Row[]} rows */
  const update = (rows) => {
    const receivedAt = performance.now();
    let isNew = false;
    let isErrorNew = false;
    for (const changed of rows) {
      const row = { ...changed, receivedAt };
      let entry = entries.get(row.id);
      if (entry) {
        if (entry.row.label !== row.label) setText(announcement, `${row.clip}: ${row.label}`);
        count(entry.row, -1);
        entry.row = row;
      } else {
        isNew = true;
        const node = h("div.row", { role: "row", "data-job": row.id }, describeBriefly(row));
        entry = { row, node, cells: null };
        entries.set(row.id, entry);
      }
      count(row, 1);
      isErrorNew ||= row.error !== null || withError.has(row.id);
      if (row.error) withError.set(row.id, entry);
      else withError.delete(row.id);
    }
    const moved = new Set(isErrorNew ? drawCauses() : []);
    const changed = new Set(rows.map(({ id }) => id));
    for (const { cells, row } of visible) {
      if (changed.has(row.id) || moved.has(row.id)) cells?.update(row, causes.tells(row));
    }
    // A change of rows that are there moves none of them, unless they are filtered or ordered by what has changed.
    if (isNew || severity.value || search.value || order.selectedIndex > 1) arrange();
    else drawCounts();
  };

  /** @param {string[]} ids */
  const remove = (ids) => {
    for (const id of ids) {
      const entry = entries.get(id);
      if (!entry) continue;
      count(entry.row, -1);
      visible.delete(entry);
      entries.delete(id);
      withError.delete(id);
    }
    const moved = new Set(drawCauses());
    for (const { cells, row } of visible) if (moved.has(row.id)) cells?.update(row, causes.tells(row));
    arrange();
  };

  /** Shows the rows that match the filter, in order; touches the page only where that has changed. */
  function arrange() {
    const all = [...entries.values()].map(({ row }) => row);
    const view = { severity: severity.value, words: search.value, order: order.value };
    const ids = selectRows(all, view, performance.now()).map(({ id }) => id);
    if (ids.length !== shownIds.length || ids.some((id, index) => id !== shownIds[index])) {
      shownIds = ids;
      const focused = document.activeElement;
      const nodes = ids.flatMap((id) => entries.get(id)?.node ?? []);
      const groups = [];
      for (let start = 0; start < nodes.length; start += GROUP) {
        groups.push(h("div.group", { role: "rowgroup" }, ...nodes.slice(start, start + GROUP)));
      }
      body.replaceChildren(...groups);
      observeGroups();
      if (focused instanceof HTMLElement && body.contains(focused)) focused.focus();
    }
    drawCounts();
  }

  /** Draws the rows in view, and lets go of those that have left it. */
  function observeGroups() {
    observer.disconnect();
    for (const group of body.children) observer.observe(group);
  }

  function drawCounts() {
    setText(groups, describeGroups(counts));
    noJobs.hidden = entries.size > 0;
    scroller.hidden = !entries.size;
    noMatch.hidden = !entries.size || shownIds.length > 0;
    tools.hidden = entries.size < TOOLS_FROM;
    clear.hidden = saveAll.button.hidden = !counts.get("success");
    clear.disabled = save.disabled = !kernel.isConnected;
  }

  /** Marks the row whose result is in the player. */
  const markShown = () => {
    marked?.removeAttribute("aria-current");
    marked = entries.get(model.get("video").job ?? "")?.node;
    marked?.setAttribute("aria-current", "true");
  };

  // A click anywhere on a row shows its result, as its button does for keyboard and screen reader.
  body.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element) || target.closest("button, a") || getSelection()?.type === "Range") return;
    const id = target.closest("[data-job]")?.getAttribute("data-job") ?? "";
    if (kernel.isConnected && entries.get(id)?.row.actions.includes("show")) kernel.send({ type: "show", id });
  });

  const tick = () => {
    for (const { row, cells } of visible) if (row.is_active) cells?.tick();
    batch.tick();
    causes.tick();
    const hasActive = () => [...entries.values()].some(({ row }) => row.is_active);
    if (kernel.isConnected && kernel.silence() > CHECK_AFTER && hasActive()) kernel.check(); // a kernel ends silently
    const left = nextPollAt === null ? 0 : (nextPollAt - performance.now()) / 1000;
    setText(nextPoll, isPaused ? "Paused" : left > 0.5 ? `Next check in ${Math.ceil(left)} s` : "");
  };

  /** @returns {string} The folder of the results; empty where there is none yet. */
  const findFolder = () => {
    for (const { row } of entries.values()) if (row.path) return row.path.replace(/[/\\][^/\\]*$/, "");
    return "";
  };

  /** @param {TableSummary} summary */
  const drawSummary = (summary) => {
    isPaused = summary.is_paused;
    nextPollAt = summary.next_poll === null ? null : performance.now() + 1000 * summary.next_poll;
    pause.hidden = !summary.can_pause;
    setText(pause, isPaused ? "Resume all" : "Pause all");
    batch.update(summary.batch, findFolder);
    setText(credits, summary.credits === null ? "" : `${formatCount(summary.credits, "credit")} left`);
    tick();
  };

  /** An active row without a kernel, where nobody knows what goes on. @param {Row} row @returns {Row} */
  const remembered = (row) => ({
    ...row,
    is_active: false,
    progress: "none",
    retry_in: null,
    detail: "Last known state",
  });

  /** Draws the rows of the model, which come from the kernel or from the saved notebook. */
  const draw = () => {
    update(model.get("rows").map((row) => (row.is_active && !kernel.isConnected ? remembered(row) : row)));
  };

  listen(view, { "change:rows": draw, "change:video": markShown });
  kernel.on("rows", ({ rows, summary }) => {
    // In place, so that a notebook saved now has the current rows, and nothing is sent back.
    mergeRows(model.get("rows"), rows);
    update(rows);
    if (summary) drawSummary(summary);
    markShown();
  });
  kernel.on("rows_removed", ({ ids }) => {
    removeRows(model.get("rows"), ids);
    remove(ids);
  });
  kernel.on("table_file", ({ name }, [bytes]) =>
    saveFile(new Blob([/** @type {DataView<ArrayBuffer>} */ (bytes)], { type: "text/csv" }), name),
  );
  kernel.onConnectionChange(() => {
    disconnected.hidden = kernel.isConnected;
    draw();
    if (!kernel.isConnected)
      drawSummary({ next_poll: null, can_pause: false, is_paused: false, credits: null, batch: null });
  });
  draw();
  markShown();
  // On paper, all rows are in view.
  const drawAll = () => {
    for (const entry of entries.values()) drawCells(entry);
  };
  addEventListener("beforeprint", drawAll, { signal });
  addEventListener("afterprint", observeGroups, { signal });
  const timer = setInterval(tick, TICK);
  onAbort(signal, () => {
    clearInterval(timer);
    observer.disconnect();
  });
  return node;
}
