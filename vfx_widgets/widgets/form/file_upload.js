import { h } from "./common.js";

const PART = 1 << 20; // bytes in one message

/**
 * Own clips for the sandbox: dropped on the form, or chosen. They go to the kernel in parts, each after the one
 * before has come.
 *
 * @param {{model: any, tell: (message: any, buffers?: ArrayBuffer[]) => void, zone: HTMLElement,
 *   allowed: () => boolean, onProgress: (text: string) => void}} options `onProgress` gets how far it is, in words;
 *   none when it has ended.
 */
export function ownClips({ model, tell, zone, allowed, onProgress }) {
  const input = h("input", { type: "file", accept: "video/*", multiple: true, hidden: true, tabIndex: -1 });
  const button = h("button.vfxw-chip", { type: "button", onclick: () => input.click() }, "Add a file…");
  input.addEventListener("change", () => {
    upload([...(input.files ?? [])]);
    input.value = "";
  });

  /**
   * Keeps a file over the form from the browser, which would leave the page for it, and from the notebook's own
   * places to drop on.
   *
   * @param {DragEvent} event
   */
  function taken(event) {
    if (!event.dataTransfer?.types.includes("Files")) return false;
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = allowed() ? "copy" : "none";
    return allowed();
  }
  const over = (/** @type {DragEvent} */ event) => zone.classList.toggle("vfxw-dropping", taken(event));
  zone.addEventListener("dragenter", over);
  zone.addEventListener("dragover", over);
  zone.addEventListener("dragleave", (event) => {
    if (!zone.contains(/** @type {Node|null} */ (event.relatedTarget))) zone.classList.remove("vfxw-dropping");
  });
  zone.addEventListener("drop", (event) => {
    zone.classList.remove("vfxw-dropping");
    if (taken(event)) upload([...(event.dataTransfer?.files ?? [])]);
  });

  /** @param {File[]} files */
  async function upload(files) {
    await send(files);
    onProgress("");
  }

  /** @param {File[]} files One after the other; the first that is refused is the last. */
  async function send(files) {
    for (const file of files) {
      const id = `${Date.now()}-${Math.random()}`;
      for (let offset = 0; offset === 0 || offset < file.size; offset += PART) {
        const part = await file.slice(offset, offset + PART).arrayBuffer().catch(() => null);
        if (!part) return tell({ type: "unreadable", name: file.name }); // a folder, or gone meanwhile
        const came = answer(id, offset);
        tell({ type: "file", upload: id, name: file.name, total: file.size, offset }, [part]);
        if (!(await came)) return; // the kernel has said why
        onProgress(`Adding ${file.name}: ${Math.min(100, Math.round((100 * (offset + PART)) / file.size))} %`);
      }
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
