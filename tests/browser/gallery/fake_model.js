/**
 * @import { KernelMessage, PageMessage } from "../../../vfx_widgets/widgets/shared/messages.js"
 * @import { Model, ModelEvents } from "../../../vfx_widgets/widgets/shared/model.js"
 * @import { Traits } from "../../../vfx_widgets/widgets/shared/traits.js"
 */

/** @typedef {(message: KernelMessage, buffers?: DataView[]) => void} Reply */
/** @typedef {(...values: any[]) => void} Callback */

/** A widget model with a function in place of the kernel. */
export class FakeModel {
  /** Messages that the page has sent. @type {PageMessage[]} */
  sent = [];

  #traits;
  #kernel;
  #callbacks = /** @type {Set<[event: string, callback: Callback]>} */ (new Set());

  /**
   * @param {Traits} traits
   * @param {(message: PageMessage, reply: Reply) => void} kernel Called with each message of the page.
   */
  constructor(traits, kernel) {
    this.#traits = traits;
    this.#kernel = kernel;
  }

  /** @type {Model["get"]} */
  get(name) {
    return this.#traits[name];
  }

  /** @type {Model["set"]} */
  set(name, value) {
    this.#traits[name] = value;
    this.#emit(`change:${name}`);
  }

  save_changes() {}

  /** @template {keyof ModelEvents} Event @param {Event} event @param {ModelEvents[Event]} callback */
  on(event, callback) {
    this.#callbacks.add([event, callback]);
  }

  /** @template {keyof ModelEvents} Event @param {Event} event @param {ModelEvents[Event]} callback */
  off(event, callback) {
    for (const entry of this.#callbacks) {
      if (entry[0] === event && entry[1] === callback) this.#callbacks.delete(entry);
    }
  }

  /** @param {PageMessage} message */
  send(message) {
    this.sent.push(message);
    this.#kernel(message, (answer, buffers = []) => {
      setTimeout(() => this.receive(answer, buffers));
    });
  }

  /** @param {KernelMessage} message @param {DataView[]} buffers */
  receive(message, buffers = []) {
    this.#emit("msg:custom", message, buffers);
  }

  /** @param {string} event @param {any[]} values */
  #emit(event, ...values) {
    for (const [name, callback] of [...this.#callbacks]) if (name === event) callback(...values);
  }
}
