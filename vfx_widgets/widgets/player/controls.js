import { h, setText } from "../shared/dom.js";
import { onAbort } from "../shared/model.js";
import { syncPlayback } from "./sync.js";

/**
 * @import { PlayerFile } from "../shared/messages.js"
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
 * @param {(video: HTMLVideoElement, id: string) => void} onChoose Called with the file that a video shall show.
 * @param {AbortSignal} signal Ends them.
 */
export function createControls(stage, onChoose, signal) {
  const { result, reference } = stage;
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
  const modes = h(
    "div.segments",
    { role: "group", ariaLabel: "View" },
    ...MODES.map(([mode, text]) => h("button", { "data-mode": mode, onclick: () => setMode(mode) }, text)),
  );
  const left = h("select", { ariaLabel: "Left video", onchange: () => onChoose(reference, left.value) });
  const right = h("select", { ariaLabel: "Right video", onchange: () => onChoose(result, right.value) });
  const sides = h("span.line", left, right);
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
    reference.src = ownUrl;
    modes.hidden = false;
    reference.onloadedmetadata = () => {
      stage.setLabel(reference, `Source ${reference.videoWidth}×${reference.videoHeight}`);
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
  const playback = syncPlayback(result, reference, draw, signal);
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
        sides,
        compare,
        ownSource,
        createToggle("1:1", "100 % zoom at the pointer; arrow keys pan", false, stage.setZoom),
        createToggle("Loop", "Repeat", true, (on) => {
          result.loop = reference.loop = on;
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
    /**
     * Offers the files to compare.
     *
     * @param {PlayerFile[]} files
     * @param {string} leftId
     * @param {string} rightId
     */
    offerFiles(files, leftId, rightId) {
      const draw = (
        /** @type {HTMLSelectElement} */ select,
        /** @type {PlayerFile[]} */ of,
        /** @type {string} */ id,
      ) => {
        select.replaceChildren(...of.map((file) => new Option(file.label, file.id)));
        select.value = id;
      };
      draw(left, files, leftId);
      draw(
        right,
        files.filter(({ id }) => id !== "source"),
        rightId,
      );
      compare.hidden = files.length > 1;
      modes.hidden = !compare.hidden;
      sides.hidden = files.length < 3;
    },
    /** @param {string} url @param {string} name */
    offerDownload(url, name) {
      download.href = url;
      download.download = name;
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
