import { h } from "./dom.js";

/** @import { Pictures } from "./pictures.js" */

/**
 * A small picture of a clip, with an empty place until it is there.
 *
 * @param {Pictures} pictures
 */
export function createThumbnail(pictures) {
  const image = h("img", { alt: "", hidden: true });
  const node = h("span.thumbnail", image);
  let shown = "";
  let cancel = () => {};

  /** @param {string[]} names The first that has a picture is shown. */
  const request = ([name, ...others]) => {
    if (!name) return;
    cancel = pictures.get(name, (url) => {
      if (!url) return request(others);
      image.src = url;
      image.hidden = false;
    });
  };

  return {
    node,
    /** @param {string[]} names Media IDs or IDs of jobs: the first that has a picture is shown. */
    show(names) {
      const key = names.join(" ");
      if (key === shown) return;
      shown = key;
      cancel();
      image.hidden = true; // it is that of another clip
      request(names);
    },
    /** Asks for nothing more. */
    cancel: () => cancel(),
  };
}
