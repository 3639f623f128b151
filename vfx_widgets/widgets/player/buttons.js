import { h } from "../shared/dom.js";

/** @param {string} text @param {string} label @param {() => void} onclick */
export function createButton(text, label, onclick) {
  return h("button.quiet", { ariaLabel: label, title: label, onclick }, text);
}

/** @param {string} text @param {string} title @param {boolean} isOn @param {(isOn: boolean) => void} onToggle */
export function createToggle(text, title, isOn, onToggle) {
  const button = h(
    "button.quiet",
    {
      title,
      ariaPressed: String(isOn),
      onclick: () => {
        const next = button.ariaPressed !== "true";
        button.ariaPressed = String(next);
        onToggle(next);
      },
    },
    text,
  );
  return button;
}
