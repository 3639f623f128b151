import { h, setText } from "../shared/dom.js";
import { onAbort } from "../shared/model.js";
import { syncPlayback } from "./sync.js";

/**
 * @import { PlayerVideo } from "../shared/messages.js"
 * @import { createStage, Mode } from "./stage.js"
 */

const RATES = [0.25, 0.5, 1, 2];
/** @type {[Mode, string][]} */
const MODES = [
  ["side", "Side by side"],
  ["wipe", "Wipe"],
  ["result", "Result only"],
];

/**
 * The controls below the videos.
 *
 * @param {ReturnType<typeof createStage>} stage
 * @param {PlayerVideo} video
 * @param {AbortSignal} signal Ends them.
 */
export function createControls(stage, video, signal) {
  const { result, source } = stage;
  const playPause = h("button.play-pause", { onclick: () => (result.paused ? result.play() : result.pause()) });
  const position = h("input.position", {
    type: "range",
    min: "0",
    step: "any",
    ariaLabel: "Position",
    oninput: () => {
      result.currentTime = Number(position.value);
    },
  });
  const time = h("span.time.small.muted");
  const speed = h(
    "select",
    { ariaLabel: "Speed", onchange: () => playback.setRate(Number(speed.value)) },
    ...RATES.map((rate) => h("option", { value: String(rate), selected: rate === 1 }, `${rate}×`)),
  );
  const download = h("a.download", { hidden: true }, "Download");
  const ownSource = h("input", { type: "file", accept: "video/*", hidden: true, onchange: showOwnSource });
  const compare = createButton("Compare with a file…", "Compare with a file of yours", () => ownSource.click());
  compare.hidden = video.has_source;
  const modes = h(
    "div.segments",
    { role: "group", ariaLabel: "View", hidden: !video.has_source },
    ...MODES.map(([mode, text]) => h("button", { "data-mode": mode, onclick: () => setMode(mode) }, text)),
  );
  let ownUrl = "";
  onAbort(signal, () => URL.revokeObjectURL(ownUrl));

  /** @param {Mode} mode */
  const setMode = (mode) => {
    stage.setMode(mode);
    for (const button of modes.children) button.ariaPressed = String(button.getAttribute("data-mode") === mode);
  };

  /** Shows a copy of the source that the person has, where the kernel has none. It stays in this page. */
  function showOwnSource() {
    const file = ownSource.files?.[0];
    if (!file) return;
    URL.revokeObjectURL(ownUrl);
    ownUrl = URL.createObjectURL(file);
    source.src = ownUrl;
    modes.hidden = false;
    source.onloadedmetadata = () => {
      stage.setCaptions(`Result ${video.width}×${video.height}`, `Source ${source.videoWidth}×${source.videoHeight}`);
    };
    setMode("side");
  }

  const toggleFullScreen = () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else stage.node.parentElement?.requestFullscreen?.().catch(() => {});
  };

  const draw = () => {
    const duration = Number.isFinite(result.duration) ? result.duration : 0;
    position.max = String(duration || 1);
    position.value = String(result.currentTime);
    position.ariaValueText = `${result.currentTime.toFixed(1)} seconds`;
    setText(time, `${result.currentTime.toFixed(2)} / ${duration.toFixed(2)} s`);
    setText(playPause, result.paused ? "Play" : "Pause");
  };
  const playback = syncPlayback(result, source, draw, signal);
  draw();

  return {
    node: h(
      "div.controls",
      { role: "group", ariaLabel: "Playback" },
      h(
        "div.line",
        playPause,
        createButton("‹", "Previous frame", () => playback.step(-1)),
        createButton("›", "Next frame", () => playback.step(1)),
        position,
        time,
      ),
      h(
        "div.line",
        modes,
        compare,
        ownSource,
        createToggle("1:1", "100 % zoom at the pointer; arrow keys pan", false, stage.setZoom),
        createToggle("Loop", "Repeat", true, (on) => {
          result.loop = source.loop = on;
        }),
        createToggle("Sound", "Play the sound of the result", false, (on) => {
          result.muted = !on;
        }),
        speed,
        createButton("Full screen", "Full screen", toggleFullScreen),
        download,
      ),
    ),
    setMode,
    /** @param {string} url */
    offerDownload(url) {
      download.href = url;
      download.download = video.name;
      download.hidden = false;
    },
  };
}

/** @param {string} text @param {string} label @param {() => void} onclick */
function createButton(text, label, onclick) {
  return h("button.quiet", { ariaLabel: label, title: label, onclick }, text);
}

/** @param {string} text @param {string} title @param {boolean} isOn @param {(isOn: boolean) => void} onToggle */
function createToggle(text, title, isOn, onToggle) {
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
