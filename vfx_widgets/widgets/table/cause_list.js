import { h, setText } from "../shared/dom.js";
import { describeCause, findCauses, isRetried } from "./causes.js";
import { describeRetry } from "./progress.js";

/**
 * @import { KernelConnection } from "../shared/kernel.js"
 * @import { TimedRow } from "./rows.js"
 */

const MAX_LISTED = 100; // clips in the details of a box

/**
 * A box for each error that several rows have in common.
 *
 * @param {KernelConnection} kernel
 */
export function createCauseList(kernel) {
  const node = h("div.causes");
  let shown = "";
  let told = /** @type {Set<string>} */ (new Set()); // IDs of jobs
  let countdowns = /** @type {{until: number, element: HTMLElement}[]} */ ([]);

  /** @param {ReturnType<typeof findCauses>[number]} cause */
  const drawCause = (cause) => {
    const { rows, preserved, hint, kind } = cause;
    const ids = rows.map(({ id }) => id);
    const failed = rows.filter(({ actions }) => actions.includes("retry")).map(({ id }) => id);
    const isTemporary = isRetried(rows[0]);
    const retryAt = rows.flatMap(({ retry_in, receivedAt }) => (retry_in === null ? [] : receivedAt + 1000 * retry_in));
    const countdown = h("span");
    if (retryAt.length) countdowns.push({ until: Math.min(...retryAt), element: countdown });
    const disabled = !kernel.isConnected;
    const buttons = [];
    if (isTemporary) {
      buttons.push(h("button.small", { disabled, onclick: () => kernel.send({ type: "retry_now" }) }, "Retry now"));
    } else if (failed.length) {
      const onclick = () => kernel.send({ type: "retry", ids: failed });
      buttons.push(
        h("button.small", { disabled, onclick, ariaLabel: `Retry failed: ${cause.message}` }, "Retry failed"),
      );
    }
    if (!isTemporary && kind === "error") {
      const onclick = () => kernel.send({ type: "clear", ids });
      buttons.push(h("button.small.quiet", { disabled, onclick, ariaLabel: `Clear: ${cause.message}` }, "Clear"));
    }
    const text = [preserved, retryAt.length ? "" : hint].filter(Boolean).join(" ");
    const names = rows.slice(0, MAX_LISTED).map(({ clip, key }) => h("li", [clip, key].filter(Boolean).join(" · ")));
    if (rows.length > MAX_LISTED) names.push(h("li", `and ${rows.length - MAX_LISTED} more`));
    return h(
      "div.notice",
      { "data-severity": kind },
      h("div.line", h("strong", describeCause(cause)), ` ${text} `, countdown, ...buttons),
      ...(rows.length > 1 && !isTemporary ? [h("details.small", h("summary", "Show clips"), h("ul", ...names))] : []),
    );
  };

  const tick = () => {
    for (const { until, element } of countdowns) setText(element, describeRetry((until - performance.now()) / 1000));
  };

  return {
    node,
    tick,
    /** @param {TimedRow} row @returns {boolean} Whether its error is told in a box. */
    tells: ({ id }) => told.has(id),
    /**
     * @param {Iterable<TimedRow>} rows Those with an error.
     * @returns {string[]} IDs of those whose error is now told elsewhere than before: here or in the row.
     */
    update(rows) {
      const causes = findCauses(rows);
      const key = JSON.stringify([
        kernel.isConnected,
        causes.map(({ message, rows }) => [
          message,
          rows.map(({ id, retry_in, receivedAt }) => [id, retry_in && receivedAt]),
        ]),
      ]);
      if (key === shown) return [];
      shown = key;
      const open = node.querySelector("details")?.open;
      countdowns = [];
      node.replaceChildren(...causes.map(drawCause));
      const details = node.querySelector("details");
      if (details && open) details.open = true;
      const before = told;
      told = new Set(causes.flatMap(({ rows }) => rows.map(({ id }) => id)));
      tick();
      return [...before, ...told].filter((id) => before.has(id) !== told.has(id));
    },
  };
}
