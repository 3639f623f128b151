import { h, setText } from "../shared/dom.js";
import { onAbort } from "../shared/model.js";
import { createButton, createToggle } from "./buttons.js";
import { DEFAULT_GAIN, GAINS } from "./difference.js";
import { createSaveMenu } from "./save_menu.js";
import { createShortcutList } from "./shortcuts.js";
import { createShuttle } from "./shuttle.js";
import { createStage } from "./stage.js";
import { syncPlayback } from "./sync.js";

/**
 * @import { Moment, PlayerFile, PlayerVideo } from "../shared/messages.js"
 * @import { Command } from "./shortcuts.js"
 * @import { Mode } from "./stage.js"
 */

const RATES = [0.25, 0.5, 1, 2];
/** @type {[Mode, string, string][]} */
const MODES = [
  ["side", "Side by side", "Side by side (1)"],
  ["wipe", "Wipe", "Wipe (2)"],
  ["result", "Result only", "Result only (3)"],
  ["flip", "A/B", "One picture at a time; press again for the other (4 or A)"],
  ["difference", "Difference", "Difference between the pictures, amplified (5)"],
];

/**
 * The videos and the controls below them.
 *
 * @param {PlayerVideo} video
 * @param {(video: HTMLVideoElement, id: string) => void} onChoose Called with the file that a video shall show.
 * @param {(frame: number, view: Mode) => void} onCopyLink Called with the frame on show, from 1.
 * @param {AbortSignal} signal Ends them.
 */
export function createControls({ clip, frame_rate: frameRate }, onChoose, onCopyLink, signal) {
  const stage = createStage(
    {
      onClick: () => (stage.mode() === "flip" ? setMode("flip") : shuttle.toggle()),
      onZoom: (on) => {
        zoom.ariaPressed = String(on);
      },
    },
    signal,
  );
  const { result, reference } = stage;
  const playPause = h("button.play-pause", { onclick: () => shuttle.toggle() });
  const position = h("input.position", {
    type: "range",
    min: "0",
    step: "1",
    ariaLabel: "Position",
    title: "Arrow keys: one frame",
    oninput: () => playback.seek((Number(position.value) + 0.5) * (result.duration / playback.frames().count || 0)),
  });
  const time = h("span.time.small.muted");
  const setSpeed = (/** @type {number} */ rate) => {
    speed.value = String(rate);
    playback.setRate(rate);
  };
  const speed = h(
    "select",
    { ariaLabel: "Speed", onchange: () => playback.setRate(Number(speed.value)) },
    ...RATES.map((rate) => h("option", { value: String(rate), selected: rate === 1 }, `${rate}×`)),
  );
  const gain = h(
    "select",
    { ariaLabel: "Amplify the difference", hidden: true, onchange: () => stage.setGain(Number(gain.value)) },
    ...GAINS.map((each) => h("option", { value: String(each), selected: each === DEFAULT_GAIN }, `${each}× amplified`)),
  );
  const download = h("a.download", "Download");
  const ownSource = h("input", { type: "file", accept: "video/*", hidden: true, onchange: showOwnSource });
  const compare = createButton("Compare with a file…", "Compare with a file from this computer", () =>
    ownSource.click(),
  );
  const modes = h(
    "div.segments",
    { role: "group", ariaLabel: "View" },
    ...MODES.map(([mode, text, title]) =>
      h("button", { "data-mode": mode, title, onclick: () => setMode(mode) }, text),
    ),
  );
  const left = h("select", { ariaLabel: "Left video", onchange: () => onChoose(reference, left.value) });
  const right = h("select", { ariaLabel: "Right video", onchange: () => onChoose(result, right.value) });
  const sides = h("span.line", left, right);
  const shown = h("span.sr-only", { role: "status" }); // which picture, after a flip
  let ownUrl = "";
  let isLoading = false;
  onAbort(signal, () => URL.revokeObjectURL(ownUrl));

  /** @param {Mode} mode The view; the one that shows a picture at a time shows the other. */
  const setMode = (mode) => {
    if (modes.hidden && mode !== "result") return;
    if (mode === "flip" && stage.mode() === "flip") setText(shown, stage.flip().ariaLabel ?? "");
    stage.setMode(mode);
    gain.hidden = mode !== "difference";
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
    saveMenu.draw();
    reference.onloadedmetadata = () => {
      stage.setLabel(reference, `Source ${reference.videoWidth}×${reference.videoHeight}`);
    };
    setMode("side");
  }

  const toggleFullScreen = () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else stage.node.parentElement?.requestFullscreen?.().catch(() => {});
  };
  const fullScreen = h("button.quiet", { title: "Full screen (F)", onclick: toggleFullScreen });
  const drawFullScreen = () => {
    setText(fullScreen, document.fullscreenElement ? "Leave full screen (Esc)" : "Full screen");
  };
  document.addEventListener("fullscreenchange", drawFullScreen, { signal });
  drawFullScreen();

  const draw = () => {
    const duration = Number.isFinite(result.duration) ? result.duration : 0;
    const { number, count } = playback.frames();
    position.max = String(count - 1);
    position.value = String(number);
    position.ariaValueText = `Frame ${number + 1} of ${count}, ${playback.position().toFixed(2)} seconds`;
    setText(time, `${playback.position().toFixed(2)} / ${duration.toFixed(2)} s · frame ${number + 1} / ${count}`);
    setText(playPause, result.paused && !shuttle.isBackwards() ? "Play" : "Pause");
    stage.loupes.draw();
  };
  const playback = syncPlayback(result, reference, frameRate, () => draw(), signal);
  const shuttle = createShuttle(result, playback, setSpeed, signal);
  const saveMenu = createSaveMenu(
    stage,
    () => ({
      clip,
      frame: playback.frames().number,
      gain: Number(gain.value),
      hasReference: !modes.hidden,
      isLoading: isLoading && !signal.aborted,
    }),
    () => onCopyLink(playback.frames().number + 1, stage.mode()),
  );
  const zoom = createToggle("1:1", "100 % zoom (Z); drag or arrow keys pan", false, stage.zoom.setActualSize);
  const loupe = createToggle(
    "Loupe",
    "Pixels in both pictures, at the pointer or moved by the arrow keys (M)",
    false,
    stage.setLoupe,
  );
  const shortcuts = createShortcutList();
  stage.setGain(DEFAULT_GAIN);
  draw();

  const step = (/** @type {number} */ frames) => {
    shuttle.stop();
    playback.showFrame(playback.frames().number + frames);
  };
  const showFrame = (/** @type {number} */ number) => {
    shuttle.stop();
    playback.showFrame(number);
  };
  const moveWipe = (/** @type {number} */ percent) => {
    setMode("wipe");
    stage.moveSplit(percent);
  };
  /** @type {Record<Command, () => void>} */
  const commands = {
    togglePlay: shuttle.toggle,
    playBackwards: () => shuttle.shuttle(-1),
    playForwards: () => shuttle.shuttle(1),
    previousFrame: () => step(-1),
    nextFrame: () => step(1),
    firstFrame: () => showFrame(0),
    lastFrame: () => showFrame(-1),
    side: () => setMode("side"),
    wipe: () => setMode("wipe"),
    result: () => setMode("result"),
    flip: () => setMode("flip"),
    difference: () => setMode("difference"),
    wipeLeft: () => moveWipe(-2),
    wipeRight: () => moveWipe(2),
    zoom: () => zoom.click(),
    zoomIn: () => stage.zoom.zoomBy(1),
    zoomOut: () => stage.zoom.zoomBy(-1),
    loupe: () => {
      loupe.click();
      if (stage.loupes.isOn()) stage.node.focus(); // so that the arrow keys move it
    },
    fullScreen: toggleFullScreen,
    saveFrame: () => saveMenu.save(),
    copyLink: () => onCopyLink(playback.frames().number + 1, stage.mode()),
    copyPicture: () => saveMenu.copyShown(),
    help: () => shortcuts.showModal(),
  };

  return {
    node: h(
      "div.controls",
      { role: "group", ariaLabel: "Playback" },
      h(
        "div.line",
        playPause,
        createButton("‹", "Previous frame", commands.previousFrame),
        createButton("›", "Next frame", commands.nextFrame),
        position,
        time,
      ),
      h(
        "div.line",
        modes,
        gain,
        sides,
        compare,
        ownSource,
        zoom,
        loupe,
        createToggle("Loop", "Repeat", true, (on) => {
          result.loop = reference.loop = on;
        }),
        createToggle("Sound", "Play the sound of the result", false, (on) => {
          result.muted = !on;
        }),
        speed,
        fullScreen,
        saveMenu.opener,
        createButton("?", "Keyboard shortcuts of the player", commands.help),
        saveMenu.status,
        download,
      ),
      saveMenu.row,
      shown,
      shortcuts,
    ),
    stage,
    setMode,
    setStatus: saveMenu.setStatus,
    /** Pauses at a moment, as soon as the video has come so far. @param {Moment} moment */
    goTo({ frame, view }) {
      if (view !== stage.mode()) setMode(view);
      if (result.readyState) return showFrame(frame - 1);
      result.addEventListener("loadedmetadata", () => showFrame(frame - 1), { once: true, signal });
    },
    /** @param {Command} command */
    run: (command) => commands[command](),
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
      saveMenu.draw();
    },
    /** @param {boolean} isMore Whether more of the video is still coming. */
    setLoading(isMore) {
      isLoading = isMore;
    },
    /** @param {string} url @param {string} name */
    offerDownload(url, name) {
      download.href = url;
      download.download = name;
    },
  };
}
