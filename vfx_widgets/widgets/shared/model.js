/**
 * @file The traits of the panel, and the part of anywidget's model that its script uses.
 *
 * @import { KernelConnection } from "./kernel.js"
 * @import { KernelMessage, Notice, PageMessage, PlayerVideo, Row } from "./messages.js"
 */

/** @typedef {{key: string, label: string, credits: number, aspects: string[]}} ModelOption `credits` are for one clip. */
/** @typedef {{media_id: string, label: string}} SampleClip */

/**
 * The service in use. `caution` is read before a token is typed; `others` are the services to switch to.
 *
 * @typedef {{
 *   label: string,
 *   detail: string,
 *   is_sandbox: boolean,
 *   caution: string,
 *   others: {name: string, label: string}[],
 * }} ServiceInfo
 */

/** @typedef {{is_set: boolean, origin: string, can_reset: boolean}} TokenStatus What the page knows of the token. */

/**
 * @typedef {{
 *   media_ids: string,
 *   model: string,
 *   aspect_ratio: string,
 *   seed: string,
 *   models: ModelOption[],
 *   clips: SampleClip[],
 *   service_info: ServiceInfo,
 *   token_status: TokenStatus,
 *   notice: Notice | {},
 *   fallback_class: string,
 *   rows: Row[],
 *   video: PlayerVideo | {},
 * }} Traits
 */

/** @typedef {{[Name in keyof Traits as `change:${Name}`]: () => void}} TraitEvents */
/**
 * @typedef {TraitEvents & {
 *   "msg:custom": (message: KernelMessage, buffers: DataView[]) => void,
 *   comm_live_update: () => void,
 * }} ModelEvents
 */

/**
 * @typedef {object} Model
 * @property {<Name extends keyof Traits>(name: Name) => Traits[Name]} get
 * @property {<Name extends keyof Traits>(name: Name, value: Traits[Name]) => void} set
 * @property {() => void} save_changes
 * @property {<Event extends keyof ModelEvents>(event: Event, callback: ModelEvents[Event]) => void} on
 * @property {<Event extends keyof ModelEvents>(event: Event, callback: ModelEvents[Event]) => void} off
 * @property {(message: PageMessage, callbacks: undefined, buffers: ArrayBuffer[]) => void} send
 */

/** @typedef {{model: Model, signal: AbortSignal}} ModelView A view of the panel; the signal is aborted at its end. */
/** @typedef {ModelView & {kernel: KernelConnection}} View With its connection to the kernel. */

/**
 * Calls handlers of model events until the end of the view.
 *
 * @param {ModelView} view
 * @param {Partial<ModelEvents>} handlers By event.
 */
export function listen({ model, signal }, handlers) {
  for (const [event, handler] of /** @type {[keyof ModelEvents, () => void][]} */ (Object.entries(handlers))) {
    model.on(event, handler);
    signal.addEventListener("abort", () => model.off(event, handler));
  }
}
