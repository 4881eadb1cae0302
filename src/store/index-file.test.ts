import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../bytes/index.ts';
import { type Descriptor, MEDIA_TYPES, parseReference, withDefaultTag } from '../oci/index.ts';
import { imageEntries } from './image.ts';
import { nameDescriptor, nameOf, unnameDescriptor } from './index-file.ts';

const image = (text: string): Descriptor => ({ mediaType: MEDIA_TYPES.manifest, digest: digestOf(text), size: 1 });
const reference = (text: string): ReturnType<typeof parseReference> => withDefaultTag(parseReference(text));
const FULL = 'io.containerd.image.name';
const SHORT = 'org.opencontainers.image.ref.name';

describe('nameOf', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['what we write', { [FULL]: 'docker.io/library/a:1', [SHORT]: 'a:1' }, 'a:1'],
    ['what BuildKit and Docker write', { [FULL]: 'docker.io/library/a:1', [SHORT]: '1' }, 'a:1'],
    ['what skopeo writes', { [SHORT]: 'localhost/a:1' }, 'localhost/a:1'],
    ['a name without tag', { [SHORT]: 'a' }, 'a:latest'],
    ['a name that umoci changed', { [FULL]: 'docker.io/library/a:1', [SHORT]: 'b' }, 'b:latest'],
    ['a name that is no reference', { [SHORT]: 'V1+x' }, 'V1+x'],
    ['no name', { other: 'x' }, undefined],
  ])('reads %s', (_case, annotations, name) => {
    expect(nameOf({ ...image('x'), annotations })).toBe(name);
  });
});

describe('nameDescriptor', () => {
  it('writes both forms of a name', () => {
    const [descriptor] = nameDescriptor([], image('x'), [reference('a:1')]);
    expect(descriptor?.annotations).toEqual({ [FULL]: 'docker.io/library/a:1', [SHORT]: 'a:1' });
  });

  it('returns what it was given when nothing changes', () => {
    const manifests = nameDescriptor([], image('x'), [reference('a'), reference('b')]);
    expect(nameDescriptor(manifests, image('x'), [reference('b')])).toBe(manifests);
    expect(nameDescriptor(manifests, image('x'), [])).toBe(manifests);
    expect(unnameDescriptor(manifests, 'c:latest')).toBe(manifests);
  });

  it('gives each name to one image and loses no image, whatever is done', () => {
    const step = fc.record({
      image: fc.integer({ min: 0, max: 3 }),
      names: fc.subarray(['a', 'b', 'c']),
      remove: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let manifests: readonly Descriptor[] = [];
        const names = new Map<string, string>();
        const images = new Set<string>();
        for (const { image: number, names: given, remove } of steps) {
          if (remove) {
            for (const name of given) {
              manifests = unnameDescriptor(manifests, `${name}:latest`);
              names.delete(`${name}:latest`);
            }
            continue;
          }
          const target = image(String(number));
          manifests = nameDescriptor(manifests, target, given.map(reference));
          images.add(target.digest);
          for (const name of given) names.set(`${name}:latest`, target.digest);
        }
        const entries = imageEntries(manifests);
        expect(new Set(entries.map(({ digest }) => digest))).toEqual(images);
        const found = entries.flatMap((entry) => entry.names.map((name) => [name, entry.digest] as const));
        expect(found.length).toBe(names.size);
        expect(new Map(found)).toEqual(names);
        // A descriptor without a name stands for an image that has none.
        const nameless = manifests.filter((descriptor) => nameOf(descriptor) === undefined);
        expect(nameless.map(({ digest }) => digest).sort()).toEqual(
          entries
            .filter((entry) => entry.names.length === 0)
            .map(({ digest }) => digest)
            .sort(),
        );
      }),
    );
  });
});
