/** @file The panel as an anywidget: form, table and player on one model, with one connection to the kernel. */

import { createForm } from "./form/form.js";
import { createPlayer } from "./player/player.js";
import { h } from "./shared/dom.js";
import { connectKernel } from "./shared/kernel.js";
import { captureKeys } from "./shared/keyboard.js";
import { createPictures } from "./shared/pictures.js";
import { createTable } from "./table/table.js";

/** @import { Model } from "./shared/model.js" */

/**
 * Draws one view of the panel.
 *
 * @param {{model: Model, el: HTMLElement}} context
 * @returns {() => void} Removes the view.
 */
function render({ model, el }) {
  const controller = new AbortController();
  const { signal } = controller;
  const kernel = connectKernel({ model, signal });
  const view = { model, signal, kernel, pictures: createPictures(kernel, signal) };
  // Its words are English. On a right-to-left page, sizes and sentences would be put in the wrong order.
  const root = h("div.panel", { lang: "en", dir: "ltr" }, createForm(view), createTable(view), createPlayer(view));
  const drawConnection = () => root.toggleAttribute("data-disconnected", !kernel.isConnected);
  kernel.onConnectionChange(drawConnection);
  drawConnection();
  captureKeys(root, signal);
  el.append(root, fallbackStyle(model.get("fallback_class")));
  kernel.check();
  return () => controller.abort();
}

/**
 * Hides the static summary of the jobs while the panel is on the page. In Jupyter it is hidden in the same output only,
 * since a copy of the notebook may be open beside it.
 *
 * @param {string} fallbackClass The class of the summary.
 */
function fallbackStyle(fallbackClass) {
  const summary = `.${CSS.escape(fallbackClass || "vfxw-fallback")}`;
  const inOutput = `.jp-OutputArea:has(.vfxw-panel) > .jp-OutputArea-child:has(${summary})`;
  return h("style", `${inOutput}, body:not(:has(.jp-OutputArea)) ${summary} { display: none }`);
}

export default { render };
