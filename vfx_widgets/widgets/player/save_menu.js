import { h, setText } from "../shared/dom.js";
import { copyPng, drawFrame, frameFileName, savePng } from "./frame_saver.js";

/**
 * @import { createStage } from "./stage.js"
 * @import { FrameContent } from "./frame_saver.js"
 */

const SETTLE_INTERVAL = 30; // ms
const SETTLE_TIMEOUT = 10_000; // ms

/** @type {[FrameContent, string][]} */
const CONTENTS = [
  ["result", "Result"],
  ["reference", "Left picture"],
  ["both", "Both, with labels"],
  ["difference", "Difference"],
];

/**
 * Saves the frame on show as a PNG, or copies it, or a line of code that shows it again.
 *
 * @param {ReturnType<typeof createStage>} stage
 * @param {() => {clip: string, frame: number, gain: number, hasReference: boolean, isLoading: boolean}} getFrame Frame on
 *   show, from 0, and whether more of the video is still coming.
 * @param {(() => void)} onCopyLink
 */
export function createSaveMenu(stage, getFrame, onCopyLink) {
  const status = h("span.small.muted", { role: "status" });
  const buttons = CONTENTS.map(([content, text]) => h("button", { onclick: () => save(content) }, text));
  const copy = h("button", { onclick: () => copyShown() }, "Copy picture");
  const link = h("button", { title: "A line of code that shows this moment again", onclick: onCopyLink }, "Copy link");
  const row = h("div.line", { hidden: true, role: "group", ariaLabel: "Save this frame" }, ...buttons, copy, link);
  const opener = h(
    "button.quiet",
    {
      ariaExpanded: "false",
      onclick: () => {
        row.hidden = !row.hidden;
        opener.ariaExpanded = String(!row.hidden);
        draw();
      },
    },
    "Save frame…",
  );

  const draw = () => {
    const { hasReference } = getFrame();
    CONTENTS.forEach(([content], index) => {
      buttons[index].hidden = content !== "result" && !hasReference;
    });
  };

  /** @param {FrameContent} content */
  const drawContent = (content) => {
    const { frame, gain } = getFrame();
    const picture = (/** @type {HTMLVideoElement} */ video) => ({
      video,
      label: `${video.ariaLabel ?? ""} · frame ${frame + 1}`,
    });
    return drawFrame(picture(stage.result), picture(stage.reference), content, gain);
  };

  /** @returns {FrameContent} What is on show. */
  const shown = () => {
    const mode = stage.mode();
    if (!getFrame().hasReference || mode === "result") return "result";
    return mode === "flip" ? stage.flipped() : mode === "difference" ? "difference" : "both";
  };

  const isSettled = () => {
    const videos = getFrame().hasReference ? [stage.result, stage.reference] : [stage.result];
    return videos.every(({ seeking, readyState }) => !seeking && readyState >= 2);
  };

  /** Pauses, and waits until both pictures of the frame are there. */
  const settle = async () => {
    setText(status, "Reading the frame…");
    stage.result.pause();
    for (let waited = 0; waited < SETTLE_TIMEOUT; waited += getFrame().isLoading ? 0 : SETTLE_INTERVAL) {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_INTERVAL)); // also lets the pause take effect
      if (isSettled()) return;
      if (getFrame().isLoading) setText(status, "Waiting for this frame to load…");
    }
    throw new Error("The frame was not received.");
  };

  const save = async (content = shown()) => {
    try {
      await settle();
      const { clip, frame } = getFrame();
      const file = frameFileName(clip, frame, content);
      await savePng(drawContent(content), file);
      setText(status, `Saved ${file}`);
    } catch {
      setText(status, "This picture can't be saved.");
    }
  };

  const copyShown = async () => {
    // The clipboard is asked at once, in the moment of the click, and gets the picture when it is ready.
    const isCopied = await copyPng(settle().then(() => drawContent(shown())));
    setText(
      status,
      isCopied ? "Picture copied." : "The browser does not allow this page to copy. Save the frame instead.",
    );
  };

  /** @param {string} text */
  const setStatus = (text) => setText(status, text);

  return { setStatus, opener, row, status, save, copyShown, draw };
}
