import { h, setText, showNotice } from "../shared/dom.js";
import { formatSize } from "../shared/format.js";
import { listen, onAbort } from "../shared/model.js";
import { createControls } from "./controls.js";
import { receiveFile } from "./receive_file.js";
import { mayScroll, restoreFocus, reveal } from "./reveal.js";
import { commandOf, controlOf } from "./shortcuts.js";

/**
 * @import { Notice, PlayerFile, PlayerVideo } from "../shared/messages.js"
 * @import { View } from "../shared/model.js"
 * @import { Command } from "./shortcuts.js"
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
  node.onkeydown = (event) => {
    const command = event.defaultPrevented ? null : commandOf(event, controlOf(event.target));
    if (!command) return;
    event.preventDefault();
    run(command);
  };
  let shown = new AbortController();
  let shownJob = "";
  let opener = /** @type {Element | null} */ (null); // what had the focus when the player was asked for
  let run = (/** @type {Command} */ _command) => {};
  let offerFiles = (/** @type {PlayerFile[]} */ _files) => {};
  onAbort(view.signal, () => shown.abort());

  const close = () => {
    const hadFocus = node.contains(document.activeElement);
    const job = shownJob;
    shown.abort();
    shownJob = "";
    node.hidden = true;
    if (hadFocus) restoreFocus(opener, node.parentElement, job);
    kernel.send({ type: "close_player" });
  };

  /**
   * @param {PlayerVideo} video
   * @param {boolean} isExpected Whether the kernel is about to send the files.
   * @param {AbortSignal} signal Empties the player and releases the bytes.
   */
  const showVideo = (video, isExpected, signal) => {
    const controls = createControls(video.clip, show, signal);
    const { stage } = controls;
    const { result, reference } = stage;
    run = controls.run;
    const isAutoplay = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    const loading = h("div.loading", { role: "status" }, "Loading…");
    const unavailable = h("div.loading.unavailable", `Kernel disconnected. Run this cell again to play ${video.name}.`);
    const hideLoading = () => {
      loading.hidden = unavailable.hidden = true;
    };
    stage.node.append(loading, unavailable);
    stage.node.style.setProperty("--ratio", `${video.width || 16} / ${video.height || 9}`);
    result.autoplay = isAutoplay;
    body.replaceChildren(stage.node, notice, controls.node);

    /** @param {Partial<Notice>} error */
    const showError = (error) => {
      hideLoading();
      showNotice(notice, error);
    };
    result.onerror = () => result.src && showError(UNPLAYABLE);
    result.onloadeddata = hideLoading;

    let { files } = video;
    /** @type {Map<string, Promise<string>>} URLs of the files that were requested, by ID. */
    const urls = new Map();
    /** @type {Map<HTMLVideoElement, string>} IDs of the files. */
    const chosen = new Map();

    /** @param {string[]} ids @param {boolean} isExpected */
    const request = (ids, isExpected) => {
      const received = receiveFile(kernel, video.job, ids, {
        isExpected,
        signal,
        onProgress: (id, received, total) => {
          if (id === chosen.get(result)) setText(loading, `Loading ${formatSize(received)} of ${formatSize(total)}`);
        },
      });
      received.forEach((file, index) => {
        const url = file.then((blob) => {
          const url = URL.createObjectURL(blob);
          onAbort(signal, () => URL.revokeObjectURL(url));
          return url;
        });
        urls.set(ids[index], url);
      });
    };

    /** Shows a file, at the moment that the videos are at. @param {HTMLVideoElement} element @param {string} id */
    function show(element, id) {
      chosen.set(element, id);
      const { label = "", name = "" } = files.find((file) => file.id === id) ?? {};
      stage.setLabel(element, label);
      if (!urls.has(id)) request([id], false);
      const isPlaying = element.currentSrc ? !result.paused : isAutoplay;
      const { currentTime } = result;
      urls
        .get(id)
        ?.then((url) => {
          if (chosen.get(element) !== id) return; // another was chosen meanwhile
          element.src = url;
          if (element !== result) return;
          controls.offerDownload(url, name);
          result.currentTime = currentTime;
          if (isPlaying) result.play().catch(() => {});
        })
        .catch((/** @type {Notice | DOMException} */ reason) => {
          if (reason instanceof DOMException) return;
          if (element === result) showError(reason);
          else controls.setMode("result"); // without a reference, the result is shown alone
        });
    }

    offerFiles = (offered) => {
      files = offered;
      controls.offerFiles(files, chosen.get(reference) ?? "", chosen.get(result) ?? "");
    };
    const [first, second] = files.map(({ id }) => id);
    request(second ? [first, second] : [first], isExpected);
    show(result, first);
    if (second) show(reference, second);
    offerFiles(files);
    controls.setMode(second ? "side" : "result");

    onAbort(signal, () => {
      for (const element of [result, reference]) {
        element.pause();
        element.removeAttribute("src");
        element.load();
      }
      body.replaceChildren();
    });
  };

  /** @param {boolean} isExpected Whether the kernel is about to send the files. */
  const open = (isExpected) => {
    const video = /** @type {PlayerVideo} */ (model.get("video"));
    if (isExpected && video.job && video.job === shownJob) {
      offerFiles(video.files); // there is one more
      return;
    }
    shown.abort();
    shown = new AbortController();
    shownJob = video.job;
    node.hidden = !video.job;
    if (!video.job) return;
    setText(title, video.clip);
    setText(facts, video.facts);
    notice.hidden = true;
    showVideo(video, isExpected, shown.signal);
    if (isExpected && node.parentElement && mayScroll(node.parentElement)) reveal(node);
  };

  listen(view, { "change:video": () => open(true) });
  kernel.on("reveal_player", () => {
    opener = document.activeElement;
    if (!notice.hidden) open(false); // another try
    reveal(node);
  });
  open(false);
  return node;
}
