/**
 * @file The part of anywidget's model that the panel uses.
 *
 * @import { KernelConnection } from "./kernel.js"
 * @import { KernelMessage, PageMessage } from "./messages.js"
 * @import { Pictures } from "./pictures.js"
 * @import { Traits } from "./traits.js"
 */

/** @typedef {{[Name in keyof Traits as `change:${Name}`]: () => void}} TraitEvents */

/**
 * @typedef {TraitEvents & {
 *   "msg:custom": (message: KernelMessage, buffers: DataView[]) => void,
 *   comm_live_update: () => void,
 * }} ModelEvents
 */

/**
 * @typedef {object} StatusSignal A signal of JupyterLab.
 * @property {(slot: (sender: unknown, status: string) => void) => void} connect
 * @property {(slot: (sender: unknown, status: string) => void) => void} disconnect
 */

/**
 * @typedef {object} Model
 * @property {<Name extends keyof Traits>(name: Name) => Traits[Name]} get
 * @property {<Name extends keyof Traits>(name: Name, value: Traits[Name]) => void} set
 * @property {() => void} save_changes
 * @property {<Event extends keyof ModelEvents>(event: Event, callback: ModelEvents[Event]) => void} on
 * @property {<Event extends keyof ModelEvents>(event: Event, callback: ModelEvents[Event]) => void} off
 * @property {(message: PageMessage, callbacks: undefined, buffers: ArrayBuffer[]) => void} send
 * @property {{kernel?: {statusChanged?: StatusSignal, disposed?: StatusSignal}}} [widget_manager] In Jupyter, with the kernel of the notebook.
 */

/** @typedef {{model: Model, signal: AbortSignal}} ModelView A view of the panel; the signal is aborted at its end. */
/** @typedef {ModelView & {kernel: KernelConnection, pictures: Pictures}} View With what comes from the kernel. */

/**
 * Calls handlers of model events until the end of the view.
 *
 * @param {ModelView} view
 * @param {Partial<ModelEvents>} handlers By event.
 */
export function listen({ model, signal }, handlers) {
  for (const [event, handler] of /** @type {[keyof ModelEvents, () => void][]} */ (Object.entries(handlers))) {
    model.on(event, handler);
    onAbort(signal, () => model.off(event, handler));
  }
}

/**
 * @param {AbortSignal} signal
 * @param {() => void} callback Called when the signal is aborted.
 */
export const onAbort = (signal, callback) => signal.addEventListener("abort", callback);
