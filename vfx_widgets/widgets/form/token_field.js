import { h, setText, uniqueId } from "../shared/dom.js";
import { listen } from "../shared/model.js";

/**
 * @import { View } from "../shared/model.js"
 */

/**
 * The field for the token. A typed token stays in the input element until it is taken for a message; it is never a
 * value of the model. The state beside it tells whether the kernel has one, and no part of it.
 *
 * @param {View} view
 * @param {() => void} onChange Called when `isGiven` may have changed.
 */
export function createTokenField(view, onChange) {
  const { model, kernel } = view;
  const state = h("p.small.muted", { id: uniqueId("token-state") });
  const input = h("input", {
    id: uniqueId("token"),
    type: "password",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: false,
    // No password manager is to offer to save it.
    "data-1p-ignore": "",
    "data-lpignore": true,
    oninput: (event) => {
      const kind = event instanceof InputEvent ? event.inputType : "";
      if (kind === "insertFromPaste" || kind === "insertFromDrop") setToken();
      else draw();
    },
    onkeydown: (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      setToken();
    },
  });
  const useSandboxToken = h(
    "button.link.small",
    { onclick: () => kernel.request({ type: "use_sandbox_token" }) },
    "Use sandbox token",
  );
  let cautionId = "";

  /** Returns the typed token and empties the field. */
  const take = () => {
    const token = input.value;
    input.value = "";
    draw();
    return token;
  };
  const setToken = () => {
    if (kernel.isConnected && input.value.trim()) kernel.request({ type: "set_token", token: take() });
  };

  const draw = () => {
    const { is_set, origin, can_reset } = model.get("token_status");
    const isSet = kernel.isConnected && is_set;
    useSandboxToken.hidden = !kernel.isConnected || !can_reset;
    if (isSet) state.dataset.severity = "success";
    else delete state.dataset.severity;
    const unset = kernel.isConnected ? "Not set. Kept in the kernel's memory only." : "Not saved; paste it again.";
    if (input.value.trim()) setText(state, "Press Enter to use this token.");
    else setText(state, isSet ? `✓ Set${origin}` : unset);
    const isNeedless = model.get("service_info").is_sandbox && cautionId;
    if (isSet) input.placeholder = isNeedless ? "Not needed here" : "Paste another to replace it";
    else input.placeholder = "Paste it here";
    input.setAttribute("aria-describedby", `${cautionId} ${state.id}`.trim());
    onChange();
  };

  listen(view, { "change:token_status": draw });
  kernel.onConnectionChange(draw);

  return {
    node: h("div.field", h("label", { htmlFor: input.id }, "Token"), input, h("div.line", state, useSandboxToken)),
    draw,
    take,
    focus: () => input.focus(),
    /** @returns {boolean} Whether the kernel has a token, or one is typed. */
    isGiven: () => Boolean(model.get("token_status").is_set || input.value.trim()),
    /** @param {string} token A token that was pasted elsewhere. */
    put(token) {
      input.value = token;
      draw();
      input.focus();
    },
    /** @param {string} id The element with what to read before typing a token; empty for none. */
    setCaution(id) {
      cautionId = id;
      draw();
    },
    /** @param {boolean} isInvalid */
    setInvalid: (isInvalid) => (input.ariaInvalid = String(isInvalid)),
  };
}
