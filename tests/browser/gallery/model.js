/**
 * A widget model made by hand: traits, events and messages, with a "kernel" that is a function.
 *
 * @param {Record<string, any>} state
 * @param {(message: any, reply: (message: any, buffers?: any[]) => void) => void} kernel
 */
export function makeModel(state, kernel) {
  /** @type {Map<string, Set<Function>>} */
  const handlers = new Map();
  const emit = (/** @type {string} */ event, /** @type {any[]} */ ...values) =>
    [...(handlers.get(event) ?? [])].forEach((handler) => handler(...values));
  const model = {
    sent: /** @type {any[]} */ ([]),
    get: (/** @type {string} */ name) => state[name],
    set(/** @type {string} */ name, /** @type {any} */ value) {
      state[name] = value;
      emit(`change:${name}`);
    },
    save_changes() {},
    on(/** @type {string} */ event, /** @type {Function} */ handler) {
      if (!handlers.has(event)) handlers.set(event, new Set());
      handlers.get(event)?.add(handler);
    },
    off: (/** @type {string} */ event, /** @type {Function} */ handler) => handlers.get(event)?.delete(handler),
    send(/** @type {any} */ message) {
      model.sent.push(message);
      kernel(message, (answer, buffers = []) => setTimeout(() => emit("msg:custom", answer, buffers)));
    },
    receive: (/** @type {any} */ message) => emit("msg:custom", message, []),
  };
  return model;
}
