/**
 * Keeps key presses in the panel from the notebook around it, where single letters, Enter and the arrow keys are
 * commands. Shortcuts such as Ctrl+S stay with the notebook; in a text field the others belong to the text.
 *
 * @param {HTMLElement} root
 * @param {AbortSignal} signal Ends it.
 */
export function captureKeys(root, signal) {
  const isForPanel = (/** @type {KeyboardEvent} */ { target, key, ctrlKey, metaKey, altKey }) => {
    if (!(ctrlKey || metaKey || altKey)) return true;
    return target instanceof Element && target.matches("input, textarea") ? key !== "s" : key === "Enter";
  };
  // Older versions of JupyterLab take keys at the document before the elements in it. They skip the elements with this
  // attribute, which is set one step earlier, at the window.
  window.addEventListener("keydown", (event) => root.toggleAttribute("data-lm-suppress-shortcuts", isForPanel(event)), {
    capture: true,
    signal,
  });
  root.addEventListener("keydown", (event) => isForPanel(event) && event.stopPropagation(), { signal });
  // JupyterLab cancels line breaks and undo in the fields of a cell's output, by a listener at the cell.
  root.addEventListener(
    "beforeinput",
    (event) => {
      if (/^(insertLineBreak|historyUndo|historyRedo)$/.test(event.inputType)) event.stopPropagation();
    },
    { capture: true, signal },
  );
}
