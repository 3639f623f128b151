import { h, count } from "./common.js";
import { unique } from "./form_lines.js";

/**
 * What the clips are made with: model, aspect ratio and seed; and what that costs.
 *
 * @param {{model: any, set: (name: string, value: any) => void, onCost: () => void}} options
 */
export function choices({ model, set, onCost }) {
  const node = h("div.vfxw-choices");
  const confirm = h("div.vfxw-notice.vfxw-tone-warning.vfxw-confirm", { hidden: true });
  const seed = h("input", {
    id: unique("seed"),
    inputMode: "numeric",
    placeholder: "random",
    value: model.get("seed"),
    onchange: () => set("seed", seed.value.trim()),
  });
  const more = h(
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
  );

  const chosen = () => model.get("models").find((/** @type {any} */ each) => each.key === model.get("model"));

  /** @param {string} name @param {string} label @param {[string, string][]} options */
  function pick(name, label, options) {
    const select = h(
      "select",
      { id: unique(name), disabled: options.length < 2, onchange: () => set(name, select.value) },
      ...options.map(([value, text]) => h("option", { value }, text)),
    );
    select.value = model.get(name);
    return h("div.vfxw-field", {}, h("label", { htmlFor: select.id }, label), select);
  }

  return {
    node,
    more,
    confirm,
    /** @returns {string} The seed as typed. */
    seed: () => seed.value.trim(),
    drawSeed: () => (seed.value = model.get("seed")),
    draw() {
      const models = model.get("models");
      const aspects = chosen()?.aspects ?? [];
      const fields = [
        pick("model", "Model", models.map((/** @type {any} */ m) => [m.key, m.label])),
        pick("aspect_ratio", "Aspect", aspects.map((/** @type {string} */ a) => [a, a[0].toUpperCase() + a.slice(1)])),
      ];
      node.replaceChildren(...(models.length ? fields : []));
      onCost();
    },
    /** @returns {number} Credits for one clip. */
    cost: () => chosen()?.credits ?? 0,
    /** @param {number} clips @returns {string} The price of so many, as words behind others. */
    price(clips) {
      if (!clips || !chosen()) return "";
      return chosen().credits ? ` · ${count(chosen().credits * clips, "credit")}` : " · no credits";
    },
    /**
     * Asks whether so much shall be spent.
     *
     * @param {number} clips
     * @param {() => void} onYes
     * @param {() => void} onNo
     */
    ask(clips, onYes, onNo) {
      const each = chosen().credits;
      const total = count(each * clips, "credit");
      const close = (/** @type {() => void} */ then) => () => ((confirm.hidden = true), then());
      const yes = h("button", { type: "button", onclick: close(onYes) }, `Spend ${total}`);
      const no = h("button.vfxw-quiet", { type: "button", onclick: close(onNo) }, "Cancel");
      const words = h("span", {}, h("strong", {}, `This costs ${total}.`), ` ${count(clips, "clip")} at ${count(each, "credit")} each.`);
      confirm.replaceChildren(words, yes, no);
      confirm.hidden = false;
      yes.focus();
    },
  };
}
