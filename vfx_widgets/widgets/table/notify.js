/**
 * Tells a person who looks elsewhere that all clips are ready: in the title of the tab, and with a notification of the
 * browser where that is allowed.
 *
 * @param {AbortSignal} signal Takes the text out of the title.
 */
export function createNotifier(signal) {
  let prefix = "";

  const clear = () => {
    if (prefix && document.title.startsWith(prefix)) document.title = document.title.slice(prefix.length);
    prefix = "";
  };
  window.addEventListener("focus", clear, { signal });
  signal.addEventListener("abort", clear);

  return {
    /** Asks the browser for its permission, which it gives after a click only. */
    async ask() {
      if ("Notification" in window && Notification.permission === "default") await Notification.requestPermission();
    },
    /** @param {string} text */
    notify(text) {
      if (document.hasFocus()) return;
      clear();
      prefix = `✓ ${text} · `;
      document.title = prefix + document.title;
      if (!("Notification" in window) || Notification.permission !== "granted") return;
      try {
        new Notification(text).onclick = () => window.focus();
      } catch {} // Chrome on Android allows none from a page
    },
  };
}
