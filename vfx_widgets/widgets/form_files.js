import { h, say } from "./common.js";

const PART = 1 << 20; // bytes in one message

/**
 * Own clips for the sandbox: dropped on the form, or chosen. They go to the kernel in parts, each after the one
 * before has come.
 *
 * @param {{model: any, tell: (message: any, buffers?: ArrayBuffer[]) => void, status: HTMLElement,
 *   zone: HTMLElement, allowed: () => boolean}} options `status` says how far it is.
 */
export function ownClips({ model, tell, status, zone, allowed }) {
  const input = h("input", { type: "file", accept: "video/*", multiple: true, hidden: true, tabIndex: -1 });
  const button = h("button.vfxw-chip", { type: "button", onclick: () => input.click() }, "Add a file…");
  input.addEventListener("change", () => {
    upload([...(input.files ?? [])]);
    input.value = "";
  });

  const dragged = (/** @type {DragEvent} */ event) => allowed() && event.dataTransfer?.types.includes("Files");
  zone.addEventListener("dragover", (event) => {
    if (!dragged(event)) return;
    event.preventDefault();
    event.stopPropagation();
    zone.classList.add("vfxw-dropping");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("vfxw-dropping"));
  zone.addEventListener("drop", (event) => {
    zone.classList.remove("vfxw-dropping");
    if (!dragged(event)) return;
    event.preventDefault();
    event.stopPropagation();
    upload([...(event.dataTransfer?.files ?? [])]);
  });

  /** @param {File[]} files */
  async function upload(files) {
    for (const file of files) {
      const id = `${Date.now()}-${Math.random()}`;
      for (let offset = 0; offset === 0 || offset < file.size; offset += PART) {
        const part = await file.slice(offset, offset + PART).arrayBuffer();
        const came = answer(id, offset);
        tell({ type: "file", upload: id, name: file.name, total: file.size, offset }, [part]);
        if (!(await came)) return; // the kernel has said why
        say(status, `Adding ${file.name}: ${Math.min(100, Math.round((100 * (offset + PART)) / file.size))} %`);
      }
      say(status, "");
    }
  }

  /** @param {string} id @param {number} offset @returns {Promise<boolean>} Whether the part came through. */
  function answer(id, offset) {
    return new Promise((resolve) => {
      const take = (/** @type {any} */ message) => {
        const came = message.type === "got_part" && message.offset === offset;
        if (message.upload !== id || !(came || message.type === "refused")) return;
        model.off("msg:custom", take);
        resolve(came);
      };
      model.on("msg:custom", take);
    });
  }

  return { nodes: [button, input], button };
}
