import { copyText } from "../shared/clipboard.js";
import { h, setText, showNotice } from "../shared/dom.js";
import { formatSize } from "../shared/format.js";
import { listen, onAbort } from "../shared/model.js";
import { createControls } from "./controls.js";
import { receiveFile } from "./receive_file.js";
import { mayScroll, restoreFocus, reveal } from "./reveal.js";
import { commandOf, controlOf } from "./shortcuts.js";
import { createStream, playsThrough } from "./stream.js";

/**
 * @import { Moment, Notice, PlayerFile, PlayerVideo } from "../shared/messages.js"
 * @import { View } from "../shared/model.js"
 * @import { PartialFile } from "./receive_file.js"
 * @import { Mode } from "./stage.js"
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
  let goTo = (/** @type {Moment} */ _moment) => {};
  let lastMoment = 0;
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
    const controls = createControls(video, show, copyLink, signal);
    /** @param {number} frame @param {Mode} view */
    function copyLink(frame, view) {
      const text = kernel.isConnected ? "" : "Kernel disconnected. Run this cell again.";
      controls.setStatus(text);
      if (!text)
        kernel.send({ type: "request_link", job: video.job, file: chosen.get(result) ?? "result", frame, view });
    }
    const stopLinks = kernel.on("link", async ({ text }) => {
      controls.setStatus(`${(await copyText(text)) ? "Copied" : "Copy this"}: ${text}`);
    });
    onAbort(signal, stopLinks);
    goTo = (moment) => {
      isStarted = true; // it stays there
      controls.goTo(moment);
    };
    const { stage } = controls;
    const { result, reference } = stage;
    run = controls.run;
    const isAutoplay = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    const amount = h("span", { ariaHidden: "true" }, "…"); // it would be read with each chunk
    const loading = h("div.loading", { role: "status" }, "Loading", amount);
    const unavailable = h("div.loading.unavailable", `Kernel disconnected. Run this cell again to play ${video.name}.`);
    const hideLoading = () => {
      loading.hidden = unavailable.hidden = true;
    };
    stage.node.append(loading, unavailable);
    stage.node.style.setProperty("--ratio", `${video.width || 16} / ${video.height || 9}`);
    body.replaceChildren(stage.node, notice, controls.node);

    /** @param {Partial<Notice>} error */
    const showError = (error) => {
      hideLoading();
      showNotice(notice, error);
    };
    result.onloadeddata = () => {
      unavailable.hidden = true;
      loading.classList.add("vfxw-partly");
    };

    let { files } = video;
    /** @type {Map<string, Promise<string>>} URLs of the files that were requested, by ID. */
    const urls = new Map();
    /** @type {Map<HTMLVideoElement, string>} IDs of the files. */
    const chosen = new Map();
    /** @type {Map<HTMLVideoElement, {id: string, feed: (file: PartialFile) => void}>} Those that play what arrives. */
    const streams = new Map();
    const requested = performance.now();
    let isStarted = !isAutoplay;
    result.addEventListener("play", () => (isStarted = true), { signal });
    const start = () => {
      isStarted = true;
      result.play().catch(() => {}); // the browser may want a click first
    };

    const isStreaming = (/** @type {HTMLVideoElement} */ element, /** @type {string} */ id) =>
      streams.get(element)?.id === id;

    /** Plays a file while it arrives. @param {HTMLVideoElement} element @param {string} id */
    const stream = (element, id) => {
      const onFail = () => {
        if (!isStreaming(element, id)) return;
        streams.delete(element);
        showUrl(element, id); // when it is complete
      };
      const onOpen = (/** @type {string} */ url) => {
        if (!isStreaming(element, id)) return;
        element.onerror = onFail;
        element.src = url;
      };
      streams.set(element, { id, feed: createStream({ onOpen, onFail }, signal) });
    };

    /** @param {string[]} ids @param {boolean} isExpected */
    const request = (ids, isExpected) => {
      const received = receiveFile(kernel, video.job, ids, {
        isExpected,
        signal,
        onProgress: (id, file) => {
          for (const each of streams.values()) if (each.id === id) each.feed(file);
          if (id !== chosen.get(result)) return;
          setText(amount, ` ${formatSize(file.received)} of ${formatSize(file.total)}`);
          const seconds = (performance.now() - requested) / 1000;
          const isReady = result.readyState >= 2 && playsThrough(file, seconds, result.duration);
          if (!isStarted && isReady && !result.currentTime) start();
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

    /**
     * Shows a file when it is complete, at the moment that the videos are at.
     *
     * @param {HTMLVideoElement} element
     * @param {string} id
     */
    const showUrl = (element, id) => {
      const { currentTime } = result;
      const isPlaying = (!isStarted && !currentTime) || (element.currentSrc !== "" && !result.paused);
      const shown = (/** @type {string} */ url) => {
        if (chosen.get(element) !== id) return; // another was chosen meanwhile
        element.onerror = element === result ? () => element.src === url && showError(UNPLAYABLE) : null;
        element.src = url;
        if (element !== result) return;
        result.currentTime = currentTime;
        if (isPlaying) start();
      };
      urls.get(id)?.then(shown, () => {}); // `show` tells why not
    };

    /** @param {HTMLVideoElement} element @param {string} id */
    function show(element, id) {
      if (!isStreaming(element, id)) streams.delete(element);
      chosen.set(element, id);
      const { label = "", name = "" } = files.find((file) => file.id === id) ?? {};
      stage.setLabel(element, label);
      if (!urls.has(id)) request([id], false);
      if (!streams.has(element)) showUrl(element, id);
      if (element === result) controls.setLoading(true);
      urls
        .get(id)
        ?.then((url) => {
          if (chosen.get(element) !== id || element !== result) return;
          hideLoading();
          controls.setLoading(false);
          controls.offerDownload(url, name);
          if (streams.has(element) && !isStarted && !result.currentTime) start();
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
    stream(result, first);
    if (second) stream(reference, second);
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

  /** @param {PlayerVideo} video */
  const goToMoment = ({ moment }) => {
    if (!moment || moment.serial === lastMoment) return;
    lastMoment = moment.serial;
    goTo(moment);
  };

  /** @param {boolean} isExpected Whether the kernel is about to send the files. */
  const open = (isExpected) => {
    const video = /** @type {PlayerVideo} */ (model.get("video"));
    if (isExpected && video.job && video.job === shownJob) {
      offerFiles(video.files); // there is one more
      goToMoment(video);
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
    goToMoment(video);
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
