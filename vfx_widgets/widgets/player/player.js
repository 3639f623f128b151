import { h, setText, showNotice } from "../shared/dom.js";
import { formatSize } from "../shared/format.js";
import { listen, onAbort } from "../shared/model.js";
import { createControls } from "./controls.js";
import { receiveFile } from "./receive_file.js";
import { createStage } from "./stage.js";

/**
 * @import { Notice, PlayerVideo } from "../shared/messages.js"
 * @import { View } from "../shared/model.js"
 */

const UNPLAYABLE = {
  message: "This browser cannot play the video.",
  preserved: "The file itself is complete.",
  hint: "Download it and open it in a video player.",
};

/**
 * The player: a result beside the clip it was made from.
 *
 * @param {View} view
 */
export function createPlayer(view) {
  const { model, kernel } = view;
  const title = h("h2");
  const facts = h("span.muted");
  const closeButton = h("button.quiet.close", { ariaLabel: "Close the player", onclick: () => close() }, "✕");
  const notice = h("div.notice", { role: "alert", hidden: true });
  const body = h("div.viewport");
  const header = h("header.header.line", title, facts, closeButton);
  const node = h("section.card.player", { ariaLabel: "Player", hidden: true }, header, body);
  let shown = new AbortController();
  onAbort(view.signal, () => shown.abort());

  const close = () => {
    shown.abort();
    node.hidden = true;
    kernel.send({ type: "close_player" });
  };

  /**
   * @param {PlayerVideo} video
   * @param {boolean} isExpected Whether the kernel is about to send the files.
   * @param {AbortSignal} signal Empties the player and releases the bytes.
   */
  const showVideo = (video, isExpected, signal) => {
    const stage = createStage(signal);
    const { result, source } = stage;
    const controls = createControls(stage, video, signal);
    const isAutoplay = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    const loading = h("div.loading", { role: "status" }, "Loading");
    const unavailable = h("div.loading.unavailable", `Kernel disconnected. Run this cell again to play ${video.name}.`);
    const hideLoading = () => {
      loading.hidden = unavailable.hidden = true;
    };
    stage.node.append(loading, unavailable);
    stage.node.style.setProperty("--ratio", `${video.width || 16} / ${video.height || 9}`);
    stage.setCaptions(`Result ${video.width}×${video.height}`, video.source_facts && `Source ${video.source_facts}`);
    controls.setMode(video.has_source ? "side" : "result");
    result.autoplay = isAutoplay;
    body.replaceChildren(stage.node, notice, controls.node);

    /** @param {Partial<Notice>} error */
    const showError = (error) => {
      hideLoading();
      showNotice(notice, error);
    };
    result.onerror = () => result.src && showError(UNPLAYABLE);
    result.onloadeddata = hideLoading;

    /** @param {HTMLVideoElement} target @param {Blob} blob */
    const load = (target, blob) => {
      const url = URL.createObjectURL(blob);
      onAbort(signal, () => URL.revokeObjectURL(url));
      target.src = url;
      return url;
    };

    const [resultFile, sourceFile] = receiveFile(
      kernel,
      video.job,
      video.has_source ? ["result", "source"] : ["result"],
      {
        isExpected,
        signal,
        onProgress: (role, received, total) => {
          if (role === "result") setText(loading, `Loading ${formatSize(received)} of ${formatSize(total)}`);
        },
      },
    );
    resultFile
      .then((blob) => {
        controls.offerDownload(load(result, blob));
        if (isAutoplay) result.play().catch(() => {});
      })
      .catch((/** @type {Notice | DOMException} */ reason) => reason instanceof DOMException || showError(reason));
    // Without the source, the result is shown alone.
    sourceFile?.then((blob) => load(source, blob)).catch(() => controls.setMode("result"));

    onAbort(signal, () => {
      for (const element of [result, source]) {
        element.pause();
        element.removeAttribute("src");
        element.load();
      }
      body.replaceChildren();
    });
  };

  /** @param {boolean} isExpected Whether the kernel is about to send the files. */
  const open = (isExpected) => {
    shown.abort();
    shown = new AbortController();
    const video = /** @type {PlayerVideo} */ (model.get("video"));
    node.hidden = !video.job;
    if (!video.job) return;
    setText(title, video.clip);
    setText(facts, video.facts);
    notice.hidden = true;
    showVideo(video, isExpected, shown.signal);
  };

  const reveal = () => {
    if (!notice.hidden) open(false); // another try
    node.scrollIntoView({ block: "nearest", behavior: "smooth" });
  };

  listen(view, { "change:video": () => open(true) });
  kernel.on("reveal_player", reveal);
  open(false);
  return node;
}
