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
  const bundle = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const { script, style } = await new Response(bundle).json();
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
