import { listen } from "./model.js";

/**
 * @import { KernelMessage, PageMessage } from "./messages.js"
 * @import { ModelView } from "./model.js"
 */

const CONNECT_TIMEOUT = 5000; // ms without an answer, after which the kernel counts as disconnected
const SLOW_AFTER = 600; // ms until a request that was not acknowledged counts as slow
const OVERDUE_AFTER = 6000; // ms until it counts as overdue

/**
 * @template Message
 * @typedef {Message extends {serial: number} ? Omit<Message, "serial"> : never} WithoutSerial
 */
/** @typedef {WithoutSerial<PageMessage>} Request A message that the kernel acknowledges. */
/** @typedef {"none" | "recent" | "slow" | "overdue"} Pending How long the oldest request has been waiting. */

/**
 * @template {KernelMessage["type"]} Type
 * @typedef {(message: Extract<KernelMessage, {type: Type}>, buffers: DataView[]) => void} Handler
 */

let lastSerial = 0; // unique among all views of a model

/** The connection of one view to the kernel behind it, if there is one. */
export class KernelConnection {
  /** Whether the kernel answers. Presumed until the first time-out. */
  isConnected = true;
  /** @type {Pending} */
  pending = "none";

  #model;
  #lastMessage = performance.now();
  #unacknowledged = /** @type {Set<number>} */ (new Set());
  #timers = /** @type {ReturnType<typeof setTimeout>[]} */ ([]);
  #connectTimer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  #handlers = /** @type {Set<{type: string, handler: Handler<any>}>} */ (new Set());
  #connectionListeners = /** @type {(() => void)[]} */ ([]);
  #pendingListeners = /** @type {(() => void)[]} */ ([]);

  /** @param {ModelView} view */
  constructor(view) {
    this.#model = view.model;
    listen(view, {
      "msg:custom": (message, buffers) => this.#receive(message, buffers),
      comm_live_update: () => this.check(), // the page has lost its kernel, or found it again
    });
    view.signal.addEventListener("abort", () => {
      clearTimeout(this.#connectTimer);
      this.#settle();
    });
  }

  /**
   * Calls a handler with each message of one type.
   *
   * @template {KernelMessage["type"]} Type
   * @param {Type} type
   * @param {Handler<Type>} handler
   * @returns {() => void} Removes the handler.
   */
  on(type, handler) {
    const entry = { type, handler };
    this.#handlers.add(entry);
    return () => this.#handlers.delete(entry);
  }

  /** @param {() => void} listener Called when `isConnected` has changed. */
  onConnectionChange(listener) {
    this.#connectionListeners.push(listener);
  }

  /** @param {() => void} listener Called when `pending` has changed. */
  onPendingChange(listener) {
    this.#pendingListeners.push(listener);
  }

  /** Milliseconds since the kernel sent anything. */
  get silence() {
    return performance.now() - this.#lastMessage;
  }

  /** Asks the kernel for an answer, and for the current rows with it. */
  check() {
    this.#lastMessage = performance.now();
    clearTimeout(this.#connectTimer);
    this.#connectTimer = setTimeout(() => this.#setConnected(false), CONNECT_TIMEOUT);
    this.send({ type: "ready" });
  }

  /**
   * Sends a message. Where it can't be sent, the kernel is disconnected.
   *
   * @param {PageMessage} message
   * @param {ArrayBuffer[]} [buffers]
   */
  send(message, buffers = []) {
    try {
      this.#model.send(message, undefined, buffers);
    } catch {
      this.#setConnected(false);
    }
  }

  /**
   * Sends a message that the kernel acknowledges; until then it is `pending`.
   *
   * @param {Request} request
   */
  request(request) {
    lastSerial += 1;
    const serial = lastSerial;
    this.send(/** @type {PageMessage} */ ({ ...request, serial }));
    if (!this.isConnected) return;
    this.#unacknowledged.add(serial);
    this.#clearTimers();
    this.#setPending("recent");
    this.#timers = [
      setTimeout(() => this.#setPending("slow"), SLOW_AFTER),
      setTimeout(() => this.#setPending("overdue"), OVERDUE_AFTER),
    ];
  }

  /** @param {KernelMessage} message @param {DataView[]} buffers */
  #receive(message, buffers) {
    this.#lastMessage = performance.now();
    this.#setConnected(true);
    if (message.type === "ack") {
      if (message.serial) this.#unacknowledged.delete(message.serial);
      else this.#unacknowledged.clear();
      if (!this.#unacknowledged.size) this.#settle();
    }
    for (const { type, handler } of [...this.#handlers]) if (type === message.type) handler(message, buffers);
  }

  /** @param {boolean} isConnected */
  #setConnected(isConnected) {
    clearTimeout(this.#connectTimer);
    if (this.isConnected === isConnected) return;
    this.isConnected = isConnected;
    this.#settle();
    for (const listener of this.#connectionListeners) listener();
  }

  /** @param {Pending} pending */
  #setPending(pending) {
    this.pending = pending;
    for (const listener of this.#pendingListeners) listener();
  }

  #settle() {
    this.#clearTimers();
    this.#unacknowledged.clear();
    this.#setPending("none");
  }

  #clearTimers() {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
