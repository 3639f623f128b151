import { listen, onAbort } from "./model.js";

/**
 * @import { KernelMessage, PageMessage } from "./messages.js"
 * @import { ModelView } from "./model.js"
 */

const CONNECT_TIMEOUT = 5000; // ms without an answer, after which the kernel counts as disconnected
/** What JupyterLab says of a kernel that ends. It closes the comms of one that a person restarts, and of no other. */
const ENDED = ["restarting", "autorestarting", "terminating", "dead"];
const CHECK_AFTER = 60_000; // ms of silence, after which a page that comes into view asks whether the kernel is there
const SLOW_AFTER = 600; // ms until a request that was not acknowledged counts as slow
const OVERDUE_AFTER = 6000; // ms until it counts as overdue

/**
 * @template Message
 * @typedef {Message extends {serial: number} ? Omit<Message, "serial"> : never} WithoutSerial
 */
/** @typedef {WithoutSerial<PageMessage>} Request A message that the kernel acknowledges. */
/** @typedef {"none" | "recent" | "slow" | "overdue"} Pending How long the last request has been waiting. */

/**
 * @template {KernelMessage["type"]} Type
 * @typedef {(message: Extract<KernelMessage, {type: Type}>, buffers: DataView[]) => void} Handler
 */

/** @typedef {ReturnType<typeof setTimeout>} Timer */
/** @typedef {ReturnType<typeof connectKernel>} KernelConnection */

let lastSerial = 0; // unique among all views of a model

/**
 * Connects a view to the kernel behind it, if there is one.
 *
 * @param {ModelView} view
 */
export function connectKernel(view) {
  let lastMessage = performance.now();
  let connectTimer = /** @type {Timer | undefined} */ (undefined);
  let pendingTimers = /** @type {Timer[]} */ ([]);
  const unacknowledged = /** @type {Set<number>} */ (new Set());
  const handlers = /** @type {Set<[type: string, handler: Handler<any>]>} */ (new Set());
  const connectionListeners = /** @type {(() => void)[]} */ ([]);
  const pendingListeners = /** @type {(() => void)[]} */ ([]);

  const connection = {
    /** Whether the kernel answers. Presumed until the first time-out. */
    isConnected: true,
    pending: /** @type {Pending} */ ("none"),

    /**
     * Calls a handler with each message of one type.
     *
     * @template {KernelMessage["type"]} Type
     * @param {Type} type
     * @param {Handler<Type>} handler
     * @returns {() => void} Removes the handler.
     */
    on(type, handler) {
      /** @type {[string, Handler<Type>]} */
      const entry = [type, handler];
      handlers.add(entry);
      return () => handlers.delete(entry);
    },

    /** @param {() => void} listener Called when `isConnected` has changed. */
    onConnectionChange: (listener) => connectionListeners.push(listener),

    /** @param {() => void} listener Called when `pending` has changed. */
    onPendingChange: (listener) => pendingListeners.push(listener),

    /** @returns {number} Milliseconds since the kernel sent anything. */
    silence: () => performance.now() - lastMessage,

    /** Asks the kernel for an answer, and for the current rows with it. */
    check() {
      lastMessage = performance.now();
      clearTimeout(connectTimer);
      connectTimer = setTimeout(setConnected, CONNECT_TIMEOUT, false);
      connection.send({ type: "ready" });
    },

    /**
     * Sends a message. Where it can't be sent, the kernel is disconnected.
     *
     * @param {PageMessage} message
     * @param {ArrayBuffer[]} [buffers]
     */
    send(message, buffers = []) {
      try {
        view.model.send(message, undefined, buffers);
      } catch {
        setConnected(false);
      }
    },

    /**
     * Sends a message that the kernel acknowledges; until then it is `pending`.
     *
     * @param {Request} request
     */
    request(request) {
      lastSerial += 1;
      const serial = lastSerial;
      connection.send(/** @type {PageMessage} */ ({ ...request, serial }));
      if (!connection.isConnected) return;
      unacknowledged.add(serial);
      setPending("recent");
      pendingTimers = [setTimeout(setPending, SLOW_AFTER, "slow"), setTimeout(setPending, OVERDUE_AFTER, "overdue")];
    },
  };

  /** @param {KernelMessage} message @param {DataView[]} buffers */
  const receive = (message, buffers) => {
    lastMessage = performance.now();
    setConnected(true);
    if (message.type === "ack") {
      if (message.serial) unacknowledged.delete(message.serial);
      else unacknowledged.clear();
      if (!unacknowledged.size) setPending("none");
    }
    for (const [type, handler] of [...handlers]) if (type === message.type) handler(message, buffers);
  };

  /** @param {boolean} isConnected */
  const setConnected = (isConnected) => {
    clearTimeout(connectTimer);
    if (connection.isConnected === isConnected) return;
    connection.isConnected = isConnected;
    unacknowledged.clear();
    setPending("none");
    for (const listener of connectionListeners) listener();
  };

  /** @param {Pending} pending */
  const setPending = (pending) => {
    if (pending === "none" || pending === "recent") pendingTimers.forEach(clearTimeout);
    connection.pending = pending;
    for (const listener of pendingListeners) listener();
  };

  listen(view, {
    "msg:custom": receive,
    comm_live_update: connection.check, // the page has lost its kernel, or found it again
  });
  const { statusChanged: status, disposed } = view.model.widget_manager?.kernel ?? {};
  /** @param {unknown} _sender @param {string} status */
  const statusChanged = (_sender, status) => {
    if (ENDED.includes(status)) setConnected(false);
  };
  const shutDown = () => setConnected(false);
  status?.connect(statusChanged);
  disposed?.connect(shutDown);
  // Other front ends tell nothing of the kernel. Asked while nobody looks, a kernel that computes would count as ended.
  const viewed = () => {
    if (document.visibilityState === "visible" && connection.silence() > CHECK_AFTER) connection.check();
  };
  if (!status) globalThis.document?.addEventListener("visibilitychange", viewed, { signal: view.signal });
  onAbort(view.signal, () => {
    status?.disconnect(statusChanged);
    disposed?.disconnect(shutDown);
    clearTimeout(connectTimer);
    pendingTimers.forEach(clearTimeout);
  });
  return connection;
}
