/**
 * @file What a page gets in place of panel.js: the same script, compressed, because every notebook is saved with it.
 *
 * `compressed_script.py` puts the data in. The script is loaded from a blob URL, as anywidget loads this file.
 */

/**
 * Decompresses the panel's script and loads it.
 *
 * @returns {Promise<{render: (context: any) => void}>} The widget.
 */
export default async function load() {
  if (!("DecompressionStream" in globalThis)) {
    const text = "The panel needs a browser from 2023 or later: this one has no DecompressionStream.";
    return { render: ({ el }) => el.append(text) };
  }
  const bytes = Uint8Array.from(atob("{panel.js}"), (letter) => letter.charCodeAt(0));
  const script = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  // A response has a type of its own, and so has the blob that is made of it.
  const blob = await new Response(script, { headers: { "content-type": "text/javascript" } }).blob();
  const url = URL.createObjectURL(blob);
  try {
    return (await import(url)).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}
