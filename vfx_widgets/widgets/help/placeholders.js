import { h } from "../shared/dom.js";
import { listen } from "../shared/model.js";
import { drawSketch } from "./sketch.js";

/** @import { View } from "../shared/model.js" */

/** What is in the table before there are jobs. */
export const createNoJobs = () =>
  h("div.empty.muted.line", drawSketch("table"), h("p", "No jobs yet. Each clip that you submit gets a row here."));

/**
 * What is in the place of the player until a result is shown.
 *
 * @param {View} view
 */
export function createNoVideo(view) {
  const text = "No result yet. A finished clip is shown here, beside its source.";
  const node = h("div.card.no-video", h("div.empty.muted.line", drawSketch("player"), h("p", text)));
  const draw = () => {
    node.hidden = Boolean(view.model.get("video").job) || view.model.get("rows").length > 0;
  };
  listen(view, { "change:video": draw, "change:rows": draw });
  view.kernel.on("rows", draw);
  draw();
  return node;
}
