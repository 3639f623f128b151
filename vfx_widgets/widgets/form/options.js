import { withHelp } from "../help/help.js";
import { h, uniqueId } from "../shared/dom.js";
import { formatCount, formatDuration } from "../shared/format.js";
import { listen } from "../shared/model.js";

/** @import { View } from "../shared/model.js" */

/**
 * Model, upsampler, aspect ratio and seed of the clips, and what they cost.
 *
 * @param {View} view
 * @param {() => void} onChange Called when the cost may have changed.
 */
export function createOptions(view, onChange) {
  const { model } = view;
  const fields = h("div.options");
  const methods = h("div.field.methods", { role: "radiogroup", ariaLabel: "Upsampler" });
  const methodsHeading = withHelp(h("strong", "Upsampler"), "method");
  const radios = uniqueId("method");
  const confirmation = h("div.notice.line", { "data-severity": "warning", hidden: true });
  const seed = h("input", {
    id: uniqueId("seed"),
    inputMode: "numeric",
    placeholder: "random",
    value: model.get("seed"),
    onchange: () => save("seed", seed.value.trim()),
  });
  const more = h(
    "details.more",
    h("summary", "More"),
    h(
      "div.field",
      withHelp(h("label", { htmlFor: seed.id }, "Seed"), "seed"),
      seed,
      h("p.small.muted", "Whole number. Leave empty for a random seed per clip."),
    ),
  );

  /** @param {"model" | "aspect_ratio" | "seed" | "method"} name @param {string} value */
  const save = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };

  const selected = () => model.get("models").find(({ key }) => key === model.get("model"));
  const credits = () => selected()?.credits ?? 0;

  /** @param {"model" | "aspect_ratio"} name @param {string} label @param {[string, string][]} choices */
  const drawSelect = (name, label, choices) => {
    const select = h(
      "select",
      { id: uniqueId(name), disabled: choices.length < 2, onchange: () => save(name, select.value) },
      ...choices.map(([value, text]) => new Option(text, value)),
    );
    select.value = model.get(name);
    return h("div.field", withHelp(h("label", { htmlFor: select.id }, label), name), select);
  };

  const draw = () => {
    const models = model.get("models");
    const aspects = selected()?.aspects ?? [];
    fields.replaceChildren(
      drawSelect(
        "model",
        "Model",
        models.map(({ key, label, credits }) => [
          key,
          credits ? `${label} · ${formatCount(credits, "credit")} a clip` : label,
        ]),
      ),
      drawSelect(
        "aspect_ratio",
        "Aspect ratio",
        aspects.map((aspect) => [aspect, aspect[0].toUpperCase() + aspect.slice(1)]),
      ),
    );
    drawMethods();
    onChange();
  };

  let seconds = 0;
  const drawMethods = () => {
    const isFocused = methods.contains(document.activeElement);
    const choices = model.get("methods");
    methods.hidden = !choices.length;
    methods.replaceChildren(
      methodsHeading,
      ...choices.map(({ name, label, rate }) => {
        const checked = name === model.get("method");
        const radio = h("input", { type: "radio", name: radios, checked, onchange: () => save("method", name) });
        const time = seconds ? ` · about ${formatDuration(rate * seconds)}` : "";
        return h("label.line", radio, h("span", label, h("span.small.muted", time)));
      }),
    );
    if (isFocused) /** @type {HTMLElement | null} */ (methods.querySelector(":checked"))?.focus();
  };

  const drawSeed = () => {
    seed.value = model.get("seed");
  };
  listen(view, { "change:models": draw, "change:model": draw, "change:seed": drawSeed });
  listen(view, { "change:methods": drawMethods, "change:method": drawMethods });

  return {
    fields,
    methods,
    more,
    confirmation,
    draw,
    /** @returns {string} The seed as typed. */
    seed: () => seed.value.trim(),
    /** @param {number} duration Seconds of video, for which the upsamplers show how long they take. */
    setDuration(duration) {
      if (seconds === duration) return;
      seconds = duration;
      drawMethods();
    },
    /** @returns {string} The resolution of the results, such as "4K". */
    resolution: () => selected()?.resolution ?? "",
    /** @returns {number} Credits for one clip. */
    credits,
    /** @param {number} clips @returns {string} What so many clips cost. */
    price: (clips) => (credits() ? formatCount(credits() * clips, "credit") : "no credits"),
    /**
     * Asks for a confirmation of the cost.
     *
     * @param {number} clips
     * @param {() => void} onConfirm
     * @param {() => void} onCancel
     */
    confirm(clips, onConfirm, onCancel) {
      const total = formatCount(credits() * clips, "credit");
      const each = `${formatCount(clips, "clip")} at ${formatCount(credits(), "credit")} each.`;
      const closeThen = (/** @type {() => void} */ action) => () => {
        confirmation.hidden = true;
        action();
      };
      const spend = h("button", { onclick: closeThen(onConfirm) }, `Spend ${total}`);
      const cancel = h("button.quiet", { onclick: closeThen(onCancel) }, "Cancel");
      confirmation.replaceChildren(h("span", h("strong", `This costs ${total}.`), ` ${each}`), spend, cancel);
      confirmation.hidden = false;
      spend.focus();
    },
  };
}
