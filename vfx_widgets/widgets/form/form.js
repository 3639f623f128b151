import { h, say, count, listen, keepKeys, kernelBehind, sentence } from "./common.js";
import { mediaLines, unique } from "./form_lines.js";
import { ownClips } from "./form_files.js";
import { tokenField } from "./form_token.js";
import { choices } from "./form_choices.js";

const PENDING_AFTER = 600; // ms until "waiting for the kernel" is shown
const SILENT_AFTER = 6000; // ms until it is said that the kernel may have stopped
const SILENT = "No answer from the kernel. It is busy, or it has stopped: then run this cell again.";

/**
 * The form: its parts, what they send to the kernel, and what the kernel has them show.
 *
 * @param {{model: any, el: HTMLElement}} context
 */
function render({ model, el }) {
  const set = (/** @type {string} */ name, /** @type {any} */ value) => {
    model.set(name, value);
    model.save_changes();
  };

  const lines = mediaLines({
    text: model.get("media_ids"),
    onText: (text) => set("media_ids", text),
    onSubmit: () => submit(),
    ask: (fresh) => kernel.tell({ type: "check", lines: fresh }),
    extract: (text) => kernel.tell({ type: "extract", text }),
    onVerdict: () => drawAction(),
    onSecret: (text) => {
      token.put(text);
      say(state, "That looks like a token: it was moved to its own field, and is saved nowhere.");
    },
  });

  const token = tokenField({ model, send: (message) => send(message) });
  const making = choices({ model, set, onCost: () => drawAction() });

  const chips = h("div.vfxw-chips");
  const badge = h("span.vfxw-badge");
  const place = h("span.vfxw-place.vfxw-muted");
  const switches = h("span.vfxw-switches");
  const caution = h("div.vfxw-notice.vfxw-caution", { id: unique("caution"), hidden: true });
  const go = h("button.vfxw-primary", { type: "button", onclick: () => submit() });
  const state = h("span.vfxw-muted", { role: "status" });
  const notice = h("div.vfxw-notice", { role: "alert", hidden: true });

  const section = h("section.vfxw.vfxw-form", { "aria-label": "Upsample clips" });
  el.append(section, hiding(model.get("stand_in")));
  section.append(
    h("header.vfxw-head", {}, h("h2", {}, "Upsample clips to 1080p"), badge, place, switches),
    caution,
    h(
      "div.vfxw-fields",
      {},
      h("div.vfxw-field", {}, h("label", { htmlFor: lines.area.id }, "Media IDs"), lines.node, lines.problems, chips),
      h("div.vfxw-side", {}, token.node, making.node, making.more),
    ),
    notice,
    making.confirm,
    h("footer.vfxw-foot", {}, go, state),
  );

  let serial = 0;
  let there = true;
  let timers = /** @type {number[]} */ ([]);

  /** Sends a message that the kernel acknowledges, and says so when it does not. @param {any} message */
  function send(message) {
    serial += 1;
    settle();
    kernel.tell({ ...message, serial });
    if (!there) return;
    timers = [
      setTimeout(() => say(state, "Waiting for the kernel…"), PENDING_AFTER),
      setTimeout(() => say(state, SILENT), SILENT_AFTER),
    ];
  }

  function settle() {
    timers.forEach(clearTimeout);
    timers = [];
  }

  function submit(confirmed = false) {
    const { ready } = lines.tally();
    if (making.cost() && ready && !confirmed) return making.ask(ready, () => submit(true), () => go.focus());
    making.confirm.hidden = true;
    send({
      type: "submit",
      media_ids: lines.area.value,
      token: token.take(),
      model: model.get("model"),
      aspect_ratio: model.get("aspect_ratio"),
      seed: making.seed(),
    });
  }

  function drawAction() {
    const { ready, waiting } = lines.tally();
    const label = ready ? `Upsample ${count(ready, "clip")}` : "Upsample";
    if (go.textContent !== label) go.textContent = label;
    if (!there) return say(state, SILENT);
    if (timers.length || model.get("status")) return;
    say(state, ready ? `${count(ready, "clip")} ready${making.price(ready)}` : waiting ? "" : "No clip yet");
  }

  const drawToken = () => token.draw(there);

  function drawService() {
    const { label = "", detail = "", sandbox = false, caution: words = "" } = model.get("service");
    badge.className = `vfxw-badge ${sandbox ? "vfxw-badge-sandbox" : "vfxw-badge-live"}`;
    say(badge, label);
    say(place, detail);
    say(caution, words);
    caution.hidden = !words;
    caution.className = `vfxw-notice vfxw-caution vfxw-tone-${sandbox ? "info" : "warning"}`;
    token.describe(words ? caution.id : "");
    switches.replaceChildren(
      ...(model.get("service").others ?? []).map((/** @type {any} */ other) =>
        h("button.vfxw-link", { type: "button", onclick: () => send({ type: "service", name: other.name }) }, `Switch to ${other.label}`),
      ),
    );
    files.button.hidden = !there || !sandbox || !model.get("clips").length;
  }

  function drawChips() {
    const clips = model.get("clips");
    chips.hidden = !clips.length;
    chips.replaceChildren(
      h("span.vfxw-muted", {}, "Sample clips"),
      ...clips.map((/** @type {any} */ clip) =>
        h("button.vfxw-chip", { type: "button", "aria-label": `Add the clip ${clip.label}`, onclick: () => add(clip.media_id) }, `+ ${clip.label}`),
      ),
      ...files.nodes,
    );
    drawService();
  }

  /** @param {string} id */
  function add(id) {
    const present = lines.area.value.split("\n").map((/** @type {string} */ line) => line.trim());
    if (!present.includes(id)) {
      const text = [...present.filter(Boolean), id].join("\n");
      lines.setText(text);
      set("media_ids", text);
    }
    lines.area.focus();
  }

  function drawNotice() {
    const said = model.get("notice");
    notice.hidden = !said.message;
    notice.className = `vfxw-notice vfxw-tone-${said.kind ?? "error"}`;
    notice.replaceChildren(...sentence(said));
    if (said.action) {
      notice.append(" ", h("button", { type: "button", onclick: () => send({ type: said.action.type }) }, said.action.label));
    }
    lines.area.setAttribute("aria-invalid", String(said.field === "media_ids"));
    token.mark(said.field === "token");
  }

  function drawStatus() {
    settle();
    if (there && model.get("status")) say(state, model.get("status"));
    else drawAction();
  }

  const stop = listen(model, {
    "change:token_set": drawToken,
    "change:token_origin": drawToken,
    "change:can_reset_token": drawToken,
    "change:service": drawService,
    "change:clips": drawChips,
    "change:models": making.draw,
    "change:model": making.draw,
    "change:notice": drawNotice,
    "change:status": drawStatus,
    "change:media_ids": () => lines.setText(model.get("media_ids")),
    "change:seed": making.drawSeed,
    "msg:custom": (message) => {
      if (message.type === "verdicts") lines.learn(message.verdicts);
      if (message.type === "extracted") lines.replace(message.text, message.ids);
      if (message.type === "ack") drawStatus();
    },
  });
  const kernel = kernelBehind(model, (now) => {
    there = now;
    settle();
    drawService();
    drawToken();
    drawStatus();
    lines.setThere(there);
  });
  const files = ownClips({
    model,
    tell: kernel.tell,
    zone: section,
    onProgress: (text) => (text ? say(state, text) : drawStatus()),
    allowed: () => there && model.get("service").sandbox && model.get("clips").length > 0,
  });
  [drawService, drawToken, drawChips, making.draw, drawNotice, drawStatus, lines.draw].forEach((f) => f());
  lines.askForNew();
  const letGo = keepKeys(section);
  return () => {
    settle();
    letGo();
    kernel.stop();
    stop();
  };
}

/**
 * What stands in for the panel on a page without widgets is hidden by this as long as the form is there: in
 * Jupyter in the same output only, since a copy of the notebook may be open beside it.
 *
 * @param {string} name Its class.
 */
function hiding(name) {
  const one = `.${CSS.escape(name || "vfxw-none")}`;
  const beside = `.jp-OutputArea:has(.vfxw-form) > .jp-OutputArea-child:has(${one})`;
  return h("style", {}, `${beside}, body:not(:has(.jp-OutputArea)) ${one} { display: none }`);
}

export default { render };
