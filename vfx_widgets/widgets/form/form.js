import { withHelp } from "../help/help.js";
import { h, setText, showNotice, uniqueId } from "../shared/dom.js";
import { formatCount } from "../shared/format.js";
import { listen } from "../shared/model.js";
import { createFileUpload } from "./file_upload.js";
import { createMediaIdField } from "./media_id_field.js";
import { createOptions } from "./options.js";
import { createTokenField } from "./token_field.js";

/**
 * @import { NoticeAction, ResumeUnfinished } from "../shared/messages.js"
 * @import { View } from "../shared/model.js"
 */

const SHORTCUT = /Mac|iP/.test(navigator.platform) ? "⌘ Enter" : "Ctrl+Enter";
const NOT_RESPONDING = "The kernel is not responding. If it has stopped, run this cell again.";

/**
 * The form: media IDs, token and options, and the button that submits.
 *
 * @param {View} view
 */
export function createForm(view) {
  const { model, kernel } = view;
  const mediaIds = createMediaIdField(view, {
    onSubmit: () => submit(),
    onChange: () => drawSubmit(),
    onSecret: (secrets) => {
      token.put(secrets);
      setText(status, "That looks like a token. It was moved to the token field and is not saved.");
    },
  });
  const token = createTokenField(view, () => drawSubmit());
  const options = createOptions(view, () => drawSubmit());

  const title = h("h2");
  const badge = h("span.badge.small.bold.ellipsis");
  const serviceDetail = h("span.service-detail.small.muted");
  const switches = h("span.switches");
  const caution = h("div.notice", { id: uniqueId("caution") });
  const sampleClips = h("div.chips.line.small");
  const notice = h("div.notice", { role: "alert" });
  const submitButton = h("button.primary.bold", {
    title: SHORTCUT,
    "aria-keyshortcuts": "Control+Enter Meta+Enter",
    onclick: () => submit(),
  });
  const status = h("span.muted", { role: "status" });
  mediaIds.node.append(sampleClips);

  const node = h(
    "section.card.form",
    { ariaLabel: "Upsample clips" },
    h("header.header.line", title, withHelp(badge, "service"), serviceDetail, switches),
    caution,
    h("div.fields", mediaIds.node, h("div.side", token.node, options.methods, options.fields, options.more)),
    notice,
    options.confirmation,
    h("footer.footer.line", submitButton, status, h("kbd.small.muted", { ariaHidden: "true" }, SHORTCUT)),
  );
  const upload = createFileUpload(kernel, node, {
    onProgress: (text) => (text ? setText(status, text) : drawSubmit()),
    isAllowed: () => kernel.isConnected && model.get("service_info").is_sandbox && model.get("clips").length > 0,
  });

  const submit = (isConfirmed = false) => {
    const { clips } = mediaIds.tally();
    if (clips && !token.isGiven()) {
      token.focus();
      return;
    }
    if (options.credits() && clips && !isConfirmed) {
      options.confirm(
        clips,
        () => submit(true),
        () => submitButton.focus(),
      );
      return;
    }
    options.confirmation.hidden = true;
    send(mediaIds.value());
  };

  /** @param {string} clips @param {boolean} [again] Whether they are made again if they are made already. */
  const send = (clips, again = false) =>
    kernel.request({
      type: "submit",
      media_ids: clips,
      token: token.take(),
      model: model.get("model"),
      aspect_ratio: model.get("aspect_ratio"),
      seed: options.seed(),
      method: model.get("method"),
      again,
    });

  /** @param {string} ids Clips that are made already. */
  const submitAgain = (ids) => {
    const again = () => send(ids, true);
    if (options.credits()) options.confirm(ids.split("\n").length, again, () => submitButton.focus());
    else again();
  };

  const drawSubmit = () => {
    const { clips, seconds, isValidating } = mediaIds.tally();
    options.setDuration(seconds);
    const to = options.resolution() && ` to ${options.resolution()}`;
    setText(title, `Upsample clips${to}`);
    const needsToken = kernel.isConnected && clips > 0 && !token.isGiven();
    if (needsToken) setText(submitButton, "Paste a token to submit");
    else setText(submitButton, clips ? `Upsample ${formatCount(clips, "clip")}${to}` : "Upsample");
    if (!kernel.isConnected || kernel.pending === "overdue") setText(status, NOT_RESPONDING);
    else if (kernel.pending === "slow") setText(status, "Waiting for the kernel…");
    else if (kernel.pending === "recent")
      return; // no flicker for what takes a moment
    else if (needsToken) setText(status, `${formatCount(clips, "clip")} · no token yet`);
    else if (clips) setText(status, `${formatCount(clips, "clip")} ready · ${options.price(clips)}`);
    else setText(status, isValidating ? "" : "No clips yet");
  };

  const drawService = () => {
    const { label, detail, is_sandbox, caution: text, others } = model.get("service_info");
    badge.dataset.severity = is_sandbox ? "success" : "info";
    setText(badge, label);
    setText(serviceDetail, detail);
    setText(caution, text);
    caution.hidden = !text;
    caution.dataset.severity = is_sandbox ? "info" : "warning";
    token.setCaution(text && caution.id);
    switches.replaceChildren(
      ...others.map(({ name, label }) =>
        h(
          "button.link.small",
          { onclick: () => kernel.request({ type: "switch_service", name }) },
          `Switch to ${label}`,
        ),
      ),
    );
    const clips = model.get("clips");
    sampleClips.hidden = !clips.length;
    upload.button.hidden = !kernel.isConnected || !is_sandbox;
    sampleClips.replaceChildren(
      h("span.muted", "Sample clips"),
      ...clips.map(({ label, media_id }) =>
        h(
          "button.chip.small",
          { ariaLabel: `Add the clip ${label}`, onclick: () => mediaIds.add(media_id) },
          `+ ${label}`,
        ),
      ),
      upload.button,
      upload.input,
    );
  };

  /** @param {NoticeAction} action */
  const act = ({ type, value = "" }) => {
    if (type === "show") kernel.send({ type, id: value });
    else if (type === "submit") submitAgain(value);
    else kernel.request(/** @type {Omit<ResumeUnfinished, "serial">} */ ({ type }));
  };

  const drawNotice = () => {
    const shown = model.get("notice");
    showNotice(notice, shown);
    for (const action of shown.actions ?? []) {
      notice.append(" ", h("button", { onclick: () => act(action) }, action.label));
    }
    mediaIds.setInvalid(shown.field === "media_ids");
    token.setInvalid(shown.field === "token");
  };

  listen(view, { "change:service_info": drawService, "change:clips": drawService, "change:notice": drawNotice });
  kernel.onPendingChange(drawSubmit);
  kernel.onConnectionChange(() => {
    drawService();
    drawSubmit();
  });
  drawService();
  options.draw();
  drawNotice();
  mediaIds.draw();
  mediaIds.validate();
  return node;
}
