import { h, uniqueId } from "../shared/dom.js";

/** @import { KernelConnection } from "../shared/kernel.js" */

const CHUNK_SIZE = 1 << 20; // bytes in one message

/**
 * Upload of clips to the sandbox: files dropped on the form, or chosen. A file goes to the kernel in chunks, each sent
 * when the kernel has the one before.
 *
 * @param {KernelConnection} kernel
 * @param {HTMLElement} dropZone
 * @param {object} callbacks
 * @param {() => boolean} callbacks.isAllowed
 * @param {(text: string) => void} callbacks.onProgress Called with the progress in words; empty at the end.
 */
export function createFileUpload(kernel, dropZone, { isAllowed, onProgress }) {
  const input = h("input", {
    type: "file",
    accept: "video/*",
    multiple: true,
    hidden: true,
    tabIndex: -1,
    onchange: () => {
      upload([...(input.files ?? [])]);
      input.value = "";
    },
  });
  const button = h("button.chip.small", { onclick: () => input.click() }, "Add a file…");

  /**
   * Claims a file that is dragged over the form. Else the browser would leave the page for it, or the notebook would
   * take it, which accepts files in places of its own.
   *
   * @param {DragEvent} event
   */
  const claim = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return false;
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = isAllowed() ? "copy" : "none";
    return isAllowed();
  };
  const highlight = (/** @type {boolean} */ on) => dropZone.classList.toggle("vfxw-dropping", on);
  dropZone.ondragenter = dropZone.ondragover = (event) => highlight(claim(event));
  dropZone.ondragleave = ({ relatedTarget }) => {
    if (!dropZone.contains(/** @type {Node | null} */ (relatedTarget))) highlight(false);
  };
  dropZone.ondrop = (event) => {
    highlight(false);
    if (claim(event)) upload([...(event.dataTransfer?.files ?? [])]);
  };

  /** @param {File[]} files Sent one after the other; a refused file ends it. */
  const upload = async (files) => {
    for (const file of files) if (!(await send(file))) break;
    onProgress("");
  };

  /** @param {File} file @returns {Promise<boolean>} Whether the kernel has all of it. */
  const send = async (file) => {
    const { name, size } = file;
    const id = uniqueId("upload");
    for (let offset = 0; offset === 0 || offset < size; offset += CHUNK_SIZE) {
      const chunk = await file
        .slice(offset, offset + CHUNK_SIZE)
        .arrayBuffer()
        .catch(() => null);
      if (!chunk) {
        kernel.send({ type: "upload_failed", name }); // a directory, or a file that has been deleted
        return false;
      }
      const received = waitForAnswer(id, offset);
      kernel.send({ type: "upload_chunk", upload: id, name, total: size, offset }, [chunk]);
      if (!(await received)) return false; // the kernel shows a notice
      onProgress(`Adding ${name}: ${Math.min(100, Math.round((100 * (offset + CHUNK_SIZE)) / size))} %`);
    }
    return true;
  };

  /** @param {string} id @param {number} offset @returns {Promise<boolean>} Whether the kernel accepted the chunk. */
  const waitForAnswer = (id, offset) => {
    return new Promise((resolve) => {
      const stop = [
        kernel.on("upload_received", (message) => {
          if (message.upload === id && message.offset === offset) settle(true);
        }),
        kernel.on("upload_refused", ({ upload }) => {
          if (upload === id) settle(false);
        }),
      ];
      const settle = (/** @type {boolean} */ accepted) => {
        for (const remove of stop) remove();
        resolve(accepted);
      };
    });
  };

  return { button, input };
}
