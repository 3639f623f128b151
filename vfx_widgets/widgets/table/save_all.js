import { receiveFile } from "../player/receive_file.js";
import { h, setText } from "../shared/dom.js";
import { saveFile } from "../shared/save_file.js";

/** @import { KernelConnection } from "../shared/kernel.js" */
/** @import { Notice } from "../shared/messages.js" */

const LABEL = "Save all…";

/**
 * The button that saves all results as one zip file, and what is to be said about it.
 *
 * @param {KernelConnection} kernel
 * @param {AbortSignal} signal
 */
export function createSaveAll(kernel, signal) {
  const button = h("button.small", { title: "Save all results as a zip file", onclick: start }, LABEL);
  const remark = h("span.remark", { role: "status" });
  let requested = ""; // another view of the panel gets the same messages

  function start() {
    requested = `zip-${Math.random().toString(36).slice(2)}`;
    setText(remark, "");
    setText(button, "Making the zip file…");
    button.disabled = true;
    kernel.send({ type: "save_results", id: requested });
  }

  /** @param {string} text */
  const end = (text) => {
    requested = "";
    setText(button, LABEL);
    setText(remark, text);
    button.disabled = !kernel.isConnected;
  };

  kernel.on("results_file", async ({ id, name, remark: text }) => {
    if (id !== requested) return;
    if (!name) {
      end(text);
      return;
    }
    const [file] = receiveFile(kernel, id, ["zip"], {
      isExpected: true,
      onProgress: (_role, { received, total }) => setText(button, `Saving ${Math.floor((100 * received) / total)} %`),
      signal,
    });
    try {
      saveFile(new Blob([await file], { type: "application/zip" }), name);
      end(text ? `${name} is saved. ${text}` : `${name} is saved.`);
    } catch (reason) {
      end(/** @type {Notice} */ (reason).message);
    }
    kernel.send({ type: "results_saved", id });
  });
  kernel.onConnectionChange(() => {
    if (kernel.isConnected) button.disabled = Boolean(requested);
    else end("");
  });
  return { button, remark };
}
