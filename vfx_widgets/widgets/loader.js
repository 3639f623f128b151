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
    const text = "The panel needs a browser from 2023 or later: this one has no DecompressionStream.";
    return { render: ({ el }) => el.append(text) };
  }
  const bytes = Uint8Array.from(atob("{bundle}"), (letter) => letter.charCodeAt(0));
  const { readable, writable } = new DecompressionStream("deflate");
  const writer = writable.getWriter(); // sooner than the stream of a blob, which comes from another process
  writer.write(bytes);
  writer.close();
  const { script, style } = await new Response(readable).json();
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const panel = /** @type {Widget} */ ((await import(url)).default);
  URL.revokeObjectURL(url);
  return {
    render(context) {
      context.el.append(Object.assign(document.createElement("style"), { textContent: style }));
      return panel.render(context);
    },
  };
}
