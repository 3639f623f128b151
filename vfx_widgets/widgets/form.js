import { h, say, count, listen, kernelBehind, sentence } from "./common.js";
import { mediaLines, unique } from "./form_lines.js";
import { ownClips } from "./form_files.js";

const PENDING_AFTER = 600; // ms until "waiting for the kernel" is shown
const SILENT_AFTER = 6000; // ms until it is said that the kernel may have stopped
const SILENT = "No answer from the kernel. It is busy, or it has stopped: then run this cell again.";

/**
 * The form. What is typed as a token lives in the input element until it is sent as a message; it is never a
 * value of the model.
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
      token.value = text;
      token.focus();
      say(state, "That looks like a token: it was moved to its own field, and is saved nowhere.");
    },
  });

  const token = h("input", {
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
  const tokenState = h("p.vfxw-hint", { id: unique("token-state") });
  token.setAttribute("aria-describedby", tokenState.id);
  const ownToken = h("button.vfxw-link", { type: "button", onclick: () => send({ type: "own_token" }) }, "Use the sandbox’s own");

  const chips = h("div.vfxw-chips");
  const choices = h("div.vfxw-choices");
  const seed = h("input", {
    id: unique("seed"),
    inputMode: "numeric",
    placeholder: "random",
    value: model.get("seed"),
    onchange: () => set("seed", seed.value.trim()),
  });
  const badge = h("span.vfxw-badge");
  const place = h("span.vfxw-place.vfxw-muted");
  const switches = h("span.vfxw-switches");
  const go = h("button.vfxw-primary", { type: "button", onclick: () => submit() });
  const state = h("span.vfxw-muted", { role: "status" });
  const confirm = h("div.vfxw-notice.vfxw-tone-warning.vfxw-confirm", { hidden: true });
  const notice = h("div.vfxw-notice", { role: "alert", hidden: true });

  const section = h("section.vfxw.vfxw-form", { "aria-label": "Upsample clips" });
  el.append(section);
  section.append(
      h("header.vfxw-head", {}, h("h2", {}, "Upsample clips to 1080p"), h("span.vfxw-where", {}, badge, place, switches)),
      h(
        "div.vfxw-fields",
        {},
        h(
          "div.vfxw-field",
          {},
          h("label", { htmlFor: lines.area.id }, "Media IDs"),
          lines.node,
          lines.problems,
          chips,
        ),
        h(
          "div.vfxw-side",
          {},
          h("div.vfxw-field", {}, h("label", { htmlFor: token.id }, "Token"), token, h("div.vfxw-state-line", {}, tokenState, ownToken)),
          choices,
          h(
            "details.vfxw-more",
            {},
            h("summary", {}, "More"),
            h(
              "div.vfxw-field",
              {},
              h("label", { htmlFor: seed.id }, "Seed"),
              seed,
              h("p.vfxw-hint", {}, "A whole number. Empty: a new one for each clip."),
            ),
          ),
        ),
      ),
      notice,
      confirm,
      h("footer.vfxw-foot", {}, go, state),
  );

  /** Takes the typed token out of the field. @returns {string} */
  function take() {
    const typed = token.value;
    token.value = "";
    return typed;
  }

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
    const cost = chosen()?.credits ?? 0;
    const { ready } = lines.tally();
    if (cost && ready && !confirmed) return askForCost(cost, ready);
    confirm.hidden = true;
    send({
      type: "submit",
      media_ids: lines.area.value,
      token: take(),
      model: model.get("model"),
      aspect_ratio: model.get("aspect_ratio"),
      seed: seed.value.trim(),
    });
  }

  /** @param {number} cost @param {number} clips */
  function askForCost(cost, clips) {
    const total = count(cost * clips, "credit");
    const yes = h("button", { type: "button", onclick: () => submit(true) }, `Spend ${total}`);
    const no = h("button.vfxw-quiet", { type: "button", onclick: () => ((confirm.hidden = true), go.focus()) }, "Cancel");
    confirm.replaceChildren(
      h("span", {}, h("strong", {}, `This costs ${total}.`), ` ${count(clips, "clip")} at ${count(cost, "credit")} each.`),
      yes,
      no,
    );
    confirm.hidden = false;
    yes.focus();
  }

  const chosen = () => model.get("models").find((/** @type {any} */ each) => each.key === model.get("model"));

  function drawAction() {
    const { ready, waiting } = lines.tally();
    const label = ready ? `Upsample ${count(ready, "clip")}` : "Upsample";
    if (go.textContent !== label) go.textContent = label;
    if (!there) return say(state, SILENT);
    if (timers.length || model.get("status")) return;
    const cost = chosen()?.credits ?? 0;
    const price = ready && chosen() ? (cost ? ` · ${count(cost * ready, "credit")}` : " · no credits") : "";
    say(state, ready ? `${count(ready, "clip")} ready${price}` : waiting ? "" : "No clip yet");
  }

  function drawToken() {
    const ready = there && model.get("token_set");
    ownToken.hidden = !there || !model.get("can_reset_token");
    token.placeholder = ready ? "Paste another to replace it" : "Paste it here";
    tokenState.className = `vfxw-hint ${ready ? "vfxw-mark-ok" : "vfxw-muted"}`;
    say(tokenState, ready ? `✓ Set${model.get("token_origin")}` : there ? "Not set. Kept in the kernel’s memory only." : "Not known: it is never saved.");
  }

  function drawService() {
    const { label = "", detail = "", sandbox = false } = model.get("service");
    badge.className = `vfxw-badge ${sandbox ? "vfxw-badge-sandbox" : "vfxw-badge-live"}`;
    say(badge, label);
    say(place, detail);
    switches.replaceChildren(
      ...(model.get("service").others ?? []).map((/** @type {any} */ other) =>
        h("button.vfxw-link", { type: "button", onclick: () => send({ type: "service", name: other.name }) }, `Switch to ${other.label}`),
      ),
    );
    files.button.hidden = !sandbox || !model.get("clips").length;
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

  function drawChoices() {
    const pick = (/** @type {string} */ name, /** @type {string} */ label, /** @type {[string, string][]} */ options) => {
      const select = h(
        "select",
        { id: unique(name), disabled: options.length < 2, onchange: () => set(name, select.value) },
        ...options.map(([value, text]) => h("option", { value }, text)),
      );
      select.value = model.get(name);
      return h("div.vfxw-field", {}, h("label", { htmlFor: select.id }, label), select);
    };
    const models = model.get("models");
    if (models.length < 1) return choices.replaceChildren();
    choices.replaceChildren(
      pick("model", "Model", models.map((/** @type {any} */ m) => [m.key, m.label])),
      pick("aspect_ratio", "Aspect", (chosen()?.aspects ?? []).map((/** @type {string} */ a) => [a, a[0].toUpperCase() + a.slice(1)])),
    );
    drawAction();
  }

  function drawNotice() {
    const said = model.get("notice");
    notice.hidden = !said.happened;
    notice.className = `vfxw-notice vfxw-tone-${said.kind ?? "error"}`;
    notice.replaceChildren(...sentence(said));
    if (said.action) {
      notice.append(" ", h("button", { type: "button", onclick: () => send({ type: said.action.type }) }, said.action.label));
    }
    lines.area.setAttribute("aria-invalid", String(said.field === "media_ids"));
    token.setAttribute("aria-invalid", String(said.field === "token"));
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
    "change:models": drawChoices,
    "change:model": drawChoices,
    "change:notice": drawNotice,
    "change:status": drawStatus,
    "change:media_ids": () => lines.setText(model.get("media_ids")),
    "change:seed": () => (seed.value = model.get("seed")),
    "msg:custom": (message) => {
      if (message.type === "verdicts") lines.learn(message.verdicts);
      if (message.type === "extracted") lines.replace(message.text, message.ids);
      if (message.type === "ack") drawStatus();
    },
  });
  const kernel = kernelBehind(model, (now) => {
    const back = now && !there;
    there = now;
    settle();
    drawToken();
    drawStatus();
    if (back) lines.askForNew(true);
  });
  const files = ownClips({
    model,
    tell: kernel.tell,
    status: state,
    zone: section,
    allowed: () => model.get("service").sandbox && model.get("clips").length > 0,
  });
  [drawService, drawToken, drawChips, drawChoices, drawNotice, drawStatus, lines.draw].forEach((f) => f());
  lines.askForNew();
  return () => {
    settle();
    kernel.stop();
    stop();
  };
}

export default { render };
