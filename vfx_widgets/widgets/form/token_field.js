import { h, say } from "./common.js";
import { unique } from "./form_lines.js";

/**
 * The field for the token. What is typed lives in the input element until it is taken for a message; it is never
 * a value of the model. Beside it stands whether the kernel holds one, and never a part of it.
 *
 * @param {{model: any, send: (message: any) => void}} options
 */
export function tokenField({ model, send }) {
  const input = h("input", {
    id: unique("token"),
    type: "password",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: false,
    "data-1p-ignore": "",
    "data-lpignore": "true",
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      send({ type: "token", token: take() });
    },
  });
  const state = h("p.vfxw-hint", { id: unique("token-state") });
  input.setAttribute("aria-describedby", state.id);
  const own = h("button.vfxw-link", { type: "button", onclick: () => send({ type: "own_token" }) }, "Use the sandbox’s own");

  /** Takes the typed token out of the field. @returns {string} */
  function take() {
    const typed = input.value;
    input.value = "";
    return typed;
  }

  let ready = false; // a kernel answers, and holds a token

  function invite() {
    const { sandbox = false, caution = "" } = model.get("service");
    const more = sandbox && caution ? "Not needed here" : "Paste another to replace it";
    input.placeholder = ready ? more : "Paste it here";
  }

  return {
    node: h("div.vfxw-field", {}, h("label", { htmlFor: input.id }, "Token"), input, h("div.vfxw-state-line", {}, state, own)),
    take,
    /** @param {string} text What was pasted elsewhere by mistake. */
    put(text) {
      input.value = text;
      input.focus();
    },
    /** @param {string} id What is to be read to a person beside the state; empty: nothing. */
    describe(id) {
      input.setAttribute("aria-describedby", id ? `${id} ${state.id}` : state.id);
      invite();
    },
    /** @param {boolean} wrong */
    mark: (wrong) => input.setAttribute("aria-invalid", String(wrong)),
    /** @param {boolean} there Whether a kernel answers. */
    draw(there) {
      ready = there && model.get("token_set");
      own.hidden = !there || !model.get("can_reset_token");
      invite();
      state.className = `vfxw-hint ${ready ? "vfxw-mark-ok" : "vfxw-muted"}`;
      const absent = there ? "Not set. Kept in the kernel’s memory only." : "Not known: it is never saved.";
      say(state, ready ? `✓ Set${model.get("token_origin")}` : absent);
    },
  };
}
