// From nothing to a running system and a disk, with the library: node examples/minios.ts [DIRECTORY]
// It makes a build context around a static BusyBox, builds it, runs a command in it, and writes the image as an ext4 disk.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildImage, isPlinthError, listImages, newMinios, runContainer, writeDisk } from '../src/sdk/index.ts';

const directory = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'minios-'));
// A store of our own: what is built here does not mix with the user's images.
const root = join(directory, 'store');
const context = join(directory, 'context');

const { origin } = await newMinios({ directory: context });
console.log(`context: ${context}, around ${origin}`);

const image = await buildImage({
  root,
  context,
  names: ['minios'],
  observe: (event) => {
    if (event.kind === 'step-started') console.log(`step ${event.step.index}/${event.step.total}: ${event.step.text}`);
  },
});
console.log(`image: ${image.imageId}`);

for (const { repository, tag, sizeBytes } of await listImages({ root })) {
  console.log(`listed: ${repository}:${tag}, ${sizeBytes} bytes`);
}

try {
  const { status } = await runContainer({ root, image: 'minios', args: ['echo', 'hello from inside'], remove: true });
  console.log(`exit status: ${status}`);
} catch (error) {
  // Everything but running programs works without namespaces too.
  if (!isPlinthError(error)) throw error;
  console.log(`not run: ${error.message} (${error.code})`);
}

const file = join(directory, 'minios.ext4');
const disk = await writeDisk({ root, source: 'minios', file, freeBytes: 16 << 20 });
console.log(`disk: ${file}, ${disk.sizeBytes} bytes, ${disk.freeBytes} free`);
