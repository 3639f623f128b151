/**
 * @file What a page gets: the panel's script and style sheet, compressed, because every notebook is saved with them.
 *
 * `compressed_bundle.py` puts the data in. The script is loaded from a blob URL, as anywidget loads this file.
 */

/** @typedef {{el: HTMLElement}} Context What anywidget passes to a widget, as far as it matters here. */
/** @typedef {{render: (context: Context) => (() => void) | void}} Widget */

/**
 * Decompresses the panel and loads it. Each view has a style sheet of its own, since it may be in a shadow tree.
 *
 * @returns {Promise<Widget>}
 */
export default async function load() {
  if (!("DecompressionStream" in globalThis)) {
    return say("The panel needs a browser from 2023 or later: this one has no DecompressionStream.");
  }
  const bytes = Uint8Array.from(atob("{bundle}"), (letter) => letter.charCodeAt(0));
  const { readable, writable } = new DecompressionStream("deflate");
  const writer = writable.getWriter(); // sooner than the stream of a blob, which comes from another process
  writer.write(bytes);
  writer.close();
  const { script, style } = await new Response(readable).json();
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  try {
    const panel = /** @type {Widget} */ ((await import(url)).default);
    return {
      render(context) {
        context.el.append(Object.assign(document.createElement("style"), { textContent: style }));
        return panel.render(context);
      },
    };
  } catch (error) {
    return say(`The panel's script was not loaded. ${error}`); // such as by the content security policy of the page
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** @param {string} text @returns {Widget} One that says why there is no panel. */
const say = (text) => ({ render: ({ el }) => el.append(text) });
