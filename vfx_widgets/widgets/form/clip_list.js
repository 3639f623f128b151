import { h, setText } from "../shared/dom.js";
import { createThumbnail } from "../shared/thumbnail.js";

/**
 * @import { LineResult } from "../shared/messages.js"
 * @import { Pictures } from "../shared/pictures.js"
 */

/**
 * @typedef {{line: string, result: LineResult | null | undefined, first: number | undefined}} Clip A line of the media
 *   IDs; `result` is missing while the kernel validates it, `first` is the index of a clip that it repeats.
 */

/**
 * The clips to upsample, each with its picture, name and facts. One of them is a stop of the Tab key; the arrow keys
 * move between them, and Delete removes one.
 *
 * @param {Pictures} pictures
 * @param {(index: number) => void} onRemove
 */
export function createClipList(pictures, onRemove) {
  const node = h("ul.clip-list", { ariaLabel: "Clips to upsample" });
  let current = 0;
  /** @type {ReturnType<typeof createItem>[]} */
  const items = [];

  // Hundreds of clips may be pasted: those that were never in view ask for no picture.
  const inView = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) items.find(({ row }) => row === target)?.see();
    }
  });

  const createItem = () => {
    const thumbnail = createThumbnail(pictures);
    const name = h("span.ellipsis.bold");
    const facts = h("span.small.ellipsis");
    const remove = h("button.quiet.small", { tabIndex: -1, onclick: () => onRemove(items.indexOf(item)) }, "✕");
    const row = h("li", { "aria-keyshortcuts": "Delete" }, thumbnail.node, h("span", name, facts), remove);
    row.onfocus = () => setCurrent(items.indexOf(item));
    let names = /** @type {string[]} */ ([]);
    let isSeen = false;
    const item = {
      row,
      drop() {
        inView.unobserve(row);
        thumbnail.cancel();
      },
      see() {
        isSeen = true;
        thumbnail.show(names);
      },
      /** @param {Clip} clip */
      update({ line, result, first }) {
        const { label, fact, severity } = describeClip(line, result, first);
        names = result?.media_ids?.slice(0, 1) ?? [];
        if (isSeen) thumbnail.show(names);
        setText(name, label);
        setText(facts, fact);
        facts.dataset.severity = severity;
        row.title = result?.explanation ?? "";
        row.ariaLabel = `${label}: ${fact}`;
        remove.ariaLabel = remove.title = `Remove ${label}`;
      },
    };
    return item;
  };

  /** @param {number} index */
  const setCurrent = (index) => {
    current = Math.max(0, Math.min(index, items.length - 1));
    items.forEach(({ row }, at) => {
      row.tabIndex = at === current ? 0 : -1;
    });
  };

  node.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -items.length, End: items.length }[event.key];
    if (step) {
      setCurrent(current + step);
      items[current].row.focus();
    } else if (event.key === "Delete" || event.key === "Backspace") onRemove(current);
    else return;
    event.preventDefault();
  };

  return {
    node,
    /** @param {Clip[]} clips */
    update(clips) {
      for (const { row, drop } of items.splice(clips.length)) {
        drop();
        row.remove();
      }
      for (let index = items.length; index < clips.length; index++) {
        items.push(createItem());
        node.append(items[index].row);
        inView.observe(items[index].row);
      }
      clips.forEach((clip, index) => {
        items[index].update(clip);
      });
      node.hidden = !clips.length;
      setCurrent(current);
    },
    /** Puts the focus on a clip; false where there is none. @param {number} index */
    focus(index) {
      if (!items.length) return false;
      setCurrent(index);
      items[current].row.focus();
      return true;
    },
  };
}

/**
 * @param {string} line
 * @param {LineResult | null | undefined} result
 * @param {number | undefined} first
 * @returns {{label: string, fact: string, severity: string}} The name of a clip, and what is known of it.
 */
export function describeClip(line, result, first) {
  const short = line.length > 12 ? `${line.slice(0, 8)}…` : line;
  if (!result) return { label: short, fact: "Checking…", severity: "" };
  const label = result.verdict === "ok" ? result.label : short;
  if (first !== undefined) return { label, fact: `Same as clip ${first + 1}: submitted once`, severity: "warning" };
  if (result.verdict === "ok") return { label, fact: result.facts || "Valid media ID", severity: "" };
  return { label, fact: "Can't be checked until submitted", severity: "warning" };
}
