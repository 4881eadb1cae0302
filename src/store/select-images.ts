import { familiarName } from './familiar-name.ts';
import type { StoredImage } from './image.ts';
import type { Store } from './store.ts';

/** An image to be saved with the names it is saved under. */
export interface SelectedImage {
  readonly image: StoredImage;
  readonly names: readonly string[];
}

/**
 * The images that names and ids mean, each once, in their order. A name selects the image under that name; an id selects
 * it without any, as `docker save` does.
 *
 * @throws PlinthError `image-not-found`, `image-ambiguous`
 */
export function selectImages(store: Store, namesOrIds: readonly string[]): SelectedImage[] {
  const selected = new Map<string, { image: StoredImage; names: string[] }>();
  for (const text of namesOrIds) {
    const image = store.images.find(text);
    const key = image.indexDigest ?? image.manifestDigest;
    const entry = selected.get(key) ?? { image, names: [] };
    const name = namedBy(image, text);
    if (name !== undefined && !entry.names.includes(name)) entry.names.push(name);
    selected.set(key, entry);
  }
  return [...selected.values()];
}

/** Which name of the image was meant by `text`; undefined if it was found by an id or digest. */
function namedBy(image: StoredImage, text: string): string | undefined {
  return image.names.find((name) => name === text) ?? image.names.find((name) => name === familiarName(text));
}
