/** @file Draws the panel in the state that the address names, or a list of all states. */

import panel from "../../../vfx_widgets/widgets/panel.js";
import { FakeModel } from "./fake_model.js";

/**
 * @import { KernelMessage, Notice, PageMessage, RequestChunk } from "../../../vfx_widgets/widgets/shared/messages.js"
 * @import { Traits } from "../../../vfx_widgets/widgets/shared/traits.js"
 * @import { Reply } from "./fake_model.js"
 */

/**
 * @typedef {{
 *   traits: Traits,
 *   answers: Record<string, KernelMessage>,
 *   files: Record<string, string>,
 *   missing: Notice | null,
 *   clicks: string[],
 * }} State `answers` by type of the page's message, `files` by role; `missing` is the notice for files that are absent.
 */

const CHUNK_SIZE = 1 << 19; // bytes
const query = new URLSearchParams(location.search);
const theme = query.get("theme") ?? "light";
const name = query.get("state");
/** @type {Record<string, State>} */
const states = await (await fetch("/states")).json();

/** @param {State} state @param {RequestChunk} request @param {Reply} reply */
async function sendChunk({ files, missing }, { job, file, offset }, reply) {
  if (files[file]) {
    const bytes = await (await fetch(`/clip/${files[file]}`)).arrayBuffer();
    const chunk = new DataView(bytes.slice(offset, offset + CHUNK_SIZE));
    reply({ type: "chunk", job, file, offset, total: bytes.byteLength }, [chunk]);
  } else if (missing) reply({ type: "chunk_missing", job, file, offset, notice: missing });
}

/** @param {string[]} names @param {Reply} reply */
async function sendPictures(names, reply) {
  const fetched = names.map(async (name) => (await fetch(`/picture/${encodeURIComponent(name)}`)).arrayBuffer());
  reply(
    { type: "pictures", names },
    (await Promise.all(fetched)).map((bytes) => new DataView(bytes)),
  );
}

/** @param {() => boolean} condition */
async function waitUntil(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** @param {State} state */
async function draw(state) {
  const model = new FakeModel(state.traits, (/** @type {PageMessage} */ message, reply) => {
    if (message.type === "request_chunk") sendChunk(state, message, reply);
    else if (message.type === "request_pictures") sendPictures(message.names, reply);
    else if (state.answers[message.type]) reply(state.answers[message.type]);
  });
  Object.assign(window, { model, files: state.files });
  const el = document.createElement("div");
  document.querySelector("main")?.append(el);
  panel.render({ model, el });
  for (const selector of state.clicks) {
    await waitUntil(() => !document.querySelector(".vfxw-results .vfxw-muted"));
    /** @type {HTMLElement | null} */ (document.querySelector(selector))?.click();
  }
}

function drawList() {
  for (const state of Object.keys(states)) {
    const line = document.createElement("p");
    line.append(`${state}: `);
    for (const look of ["light", "dark", "plain"]) {
      const link = Object.assign(document.createElement("a"), { href: `?state=${state}&theme=${look}` });
      link.append(look);
      line.append(link, " ");
    }
    document.querySelector("main")?.append(line);
  }
}

document.title = name ?? "Gallery";
if (theme !== "plain") {
  document.body.dataset.jpThemeLight = String(theme === "light");
  document.head.append(
    Object.assign(document.createElement("link"), { rel: "stylesheet", href: `/theme/${theme}.css` }),
  );
}
if (name) await draw(states[name]);
else drawList();
document.body.dataset.ready = "true";
