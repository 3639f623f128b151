import { h, say, size, listen, keepKeys, kernelBehind, sentence } from "./common.js";
import { gather } from "./player_gather.js";
import { inStep } from "./player_sync.js";
import { makeStage } from "./player_stage.js";

const UNPLAYABLE = {
  message: "This browser cannot play the video.",
  preserved: "The file itself is complete.",
  hint: "Save it to your computer and open it in a video player.",
};

/**
 * The viewer: a result beside the clip it came from.
 *
 * @param {{model: any, el: HTMLElement}} context
 */
function render({ model, el }) {
  const title = h("h2");
  const facts = h("span.vfxw-muted");
  const close = h("button.vfxw-quiet.vfxw-close", { type: "button", "aria-label": "Close the viewer", onclick: () => shut() }, "✕");
  const body = h("div.vfxw-viewer");
  const section = h("section.vfxw.vfxw-player", { "aria-label": "Viewer", hidden: true }, h("header.vfxw-head", {}, title, facts, close), body);
  el.append(section);
  let leave = () => {};

  function shut() {
    leave();
    section.hidden = true;
    kernel.tell({ type: "close" });
  }

  /** @param {boolean} expected Whether the kernel is about to send the files by itself. */
  function open(expected) {
    leave();
    leave = () => {};
    const video = model.get("video");
    section.hidden = !video.job;
    if (!video.job) return body.replaceChildren();
    say(title, video.clip);
    say(facts, video.facts);
    leave = play(model, kernel, video, body, expected);
  }

  /** Somebody wants to see it: here it is, tried again if it could not be shown. */
  function comeIntoView() {
    if (body.querySelector("[role=alert]:not([hidden])")) open(false);
    section.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  const stop = listen(model, {
    "change:video": () => open(true),
    "msg:custom": (/** @type {any} */ { type }) => type === "reveal" && comeIntoView(),
  });
  const kernel = kernelBehind(model, (now) => (section.dataset.kernel = now ? "there" : "gone"));
  const letGo = keepKeys(section);
  open(false);
  return () => {
    leave();
    letGo();
    kernel.stop();
    stop();
  };
}

/**
 * Fills the viewer for one video.
 *
 * @param {any} model
 * @param {ReturnType<typeof kernelBehind>} kernel
 * @param {any} video
 * @param {HTMLElement} body
 * @param {boolean} expected Whether the kernel is about to send the files by itself.
 * @returns {() => void} Lets go of the bytes.
 */
function play(model, kernel, video, body, expected) {
  const gone = new AbortController();
  const urls = /** @type {string[]} */ ([]);
  const stage = makeStage();
  const { result, source } = stage;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const loading = h("div.vfxw-loading", { role: "status" });
  const absent = h("div.vfxw-loading.vfxw-absent", {}, `No kernel answers. The video is the file ${video.name}; run this cell again to play it here.`);
  const trouble = h("div.vfxw-notice.vfxw-tone-error", { role: "alert", hidden: true });
  const controls = makeControls(stage, video);
  stage.node.append(loading, absent);
  body.replaceChildren(stage.node, trouble, controls.node);
  stage.node.style.setProperty("--vfxw-ratio", `${video.width || 16} / ${video.height || 9}`);
  stage.caption(`Result ${video.width}×${video.height}`, video.source_facts ? `Source ${video.source_facts}` : "");
  controls.setMode(video.has_source ? "side" : "result");
  result.autoplay = !calm;
  result.toggleAttribute("autoplay", !calm);

  const complain = (/** @type {any} */ what) => {
    loading.hidden = absent.hidden = true;
    trouble.hidden = false;
    trouble.replaceChildren(...sentence(what));
  };
  result.addEventListener("error", () => result.src && complain(UNPLAYABLE));
  result.addEventListener("loadeddata", () => (loading.hidden = absent.hidden = true));

  /** @param {HTMLVideoElement} target @param {Blob} blob */
  function put(target, blob) {
    const url = URL.createObjectURL(blob);
    urls.push(url);
    target.src = url;
    return url;
  }

  say(loading, "Loading");
  const [ofResult, ofSource] = gather(model, kernel.tell, video.job, video.has_source ? ["result", "source"] : ["result"], {
    expected,
    signal: gone.signal,
    onProgress: (name, done, total) => name === "result" && say(loading, `Loading ${size(done)} of ${size(total)}`),
  });
  ofResult
    .then((blob) => {
      controls.offer(put(result, blob), video.name);
      if (!calm) result.play().catch(() => {});
    })
    .catch((reason) => reason?.name !== "AbortError" && complain(reason));
  // The source is an extra: without it the result stays.
  ofSource?.then((blob) => put(source, blob)).catch(() => controls.setMode("result"));

  return () => {
    gone.abort();
    controls.stop();
    stage.stop();
    for (const element of [result, source]) {
      element.pause();
      element.removeAttribute("src");
      element.load();
    }
    urls.forEach((url) => URL.revokeObjectURL(url));
    body.replaceChildren();
  };
}

/**
 * @param {ReturnType<typeof makeStage>} stage
 * @param {any} video
 */
function makeControls(stage, video) {
  const { result, source } = stage;
  const toggle = h("button.vfxw-playpause", { type: "button", onclick: () => (result.paused ? result.play() : result.pause()) }, "Play");
  const button = (/** @type {string} */ text, /** @type {string} */ label, /** @type {() => void} */ onclick) =>
    h("button.vfxw-quiet", { type: "button", "aria-label": label, title: label, onclick }, text);
  const seek = h("input.vfxw-seek", { type: "range", min: "0", max: "1", step: "any", value: "0", "aria-label": "Position", oninput: () => (result.currentTime = Number(seek.value)) });
  const time = h("span.vfxw-clock.vfxw-muted");
  const speed = h("select", { "aria-label": "Speed", onchange: () => steps.setRate(Number(speed.value)) });
  speed.append(...[0.25, 0.5, 1, 2].map((rate) => h("option", { value: String(rate), selected: rate === 1 }, `${rate}×`)));
  const pressed = (/** @type {string} */ text, /** @type {string} */ label, /** @type {boolean} */ on, /** @type {(on: boolean) => void} */ act) => {
    const node = h("button.vfxw-quiet.vfxw-toggle", { type: "button", "aria-pressed": String(on), title: label, onclick: () => {
      const next = node.getAttribute("aria-pressed") !== "true";
      node.setAttribute("aria-pressed", String(next));
      act(next);
    } }, text);
    return node;
  };
  const loop = pressed("Loop", "Start again at the end", true, (on) => (result.loop = source.loop = on));
  const sound = pressed("Sound", "Play the sound of the result", false, (on) => (result.muted = !on));
  const zoom = pressed("1:1", "One pixel of the result on one of the screen, where the pointer is; arrow keys move it", false, (on) => stage.zoom(on));
  const full = button("Full screen", "Full screen", () =>
    document.fullscreenElement ? document.exitFullscreen() : stage.node.parentElement?.requestFullscreen?.().catch(() => {}),
  );
  const save = h("a.vfxw-save", { hidden: true }, "Save to my computer");
  const own = h("input", { type: "file", accept: "video/*", hidden: true, onchange: () => compareWith(own.files?.[0]) });
  const choose = h("button.vfxw-quiet", { type: "button", hidden: video.has_source, onclick: () => own.click() }, "Compare with a file…");
  const modes = h("div.vfxw-segments", { role: "group", "aria-label": "View", hidden: !video.has_source });
  let ownUrl = "";

  for (const [mode, text] of [["side", "Side by side"], ["wipe", "Wipe"], ["result", "Result only"]]) {
    const choice = h("button", { type: "button", onclick: () => setMode(mode) }, text);
    choice.dataset.mode = mode;
    modes.append(choice);
  }

  /** @param {string} mode */
  function setMode(mode) {
    stage.setMode(/** @type {any} */ (mode));
    for (const each of modes.children) each.setAttribute("aria-pressed", String(each.dataset.mode === mode));
  }

  /** The person's own copy of the source, where the kernel has none. It stays in this page. @param {File|undefined} file */
  function compareWith(file) {
    if (!file) return;
    URL.revokeObjectURL(ownUrl);
    ownUrl = URL.createObjectURL(file);
    source.src = ownUrl;
    modes.hidden = false;
    source.onloadedmetadata = () => stage.caption(`Result ${video.width}×${video.height}`, `Source ${source.videoWidth}×${source.videoHeight}`);
    setMode("side");
  }

  const draw = () => {
    const length = Number.isFinite(result.duration) ? result.duration : 0;
    seek.max = String(length || 1);
    seek.value = String(result.currentTime);
    seek.setAttribute("aria-valuetext", `${result.currentTime.toFixed(1)} seconds`);
    say(time, `${result.currentTime.toFixed(2)} / ${length.toFixed(2)} s`);
    say(toggle, result.paused ? "Play" : "Pause");
  };
  const steps = inStep(result, source, draw);

  const node = h(
    "div.vfxw-controls",
    {
      role: "group",
      "aria-label": "Playback",
    },
    h("div.vfxw-line", {}, toggle, button("‹", "One frame back", () => steps.step(-1)), button("›", "One frame on", () => steps.step(1)), seek, time),
    h("div.vfxw-line", {}, modes, choose, own, zoom, loop, sound, speed, full, save),
  );
  draw();
  return {
    node,
    setMode,
    /** @param {string} url @param {string} name */
    offer(url, name) {
      save.href = url;
      save.download = name;
      save.hidden = false;
    },
    stop() {
      steps.stop();
      URL.revokeObjectURL(ownUrl);
    },
  };
}

export default { render };
