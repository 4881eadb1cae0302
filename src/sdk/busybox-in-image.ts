import { DEFAULT_PATH, sandbox } from '../container/index.ts';
import type { BuildShell } from '../recipes/index.ts';
import { findRunImage } from './run.ts';
import { type Common, rootOf, withStore } from './session.ts';

/** Where the scratch directory is in every container, so that the same source gives the same bytes in it. */
const PLACE = '/busybox-build';

/**
 * A shell for builds of BusyBox in containers of an image: no network, no terminal, no capability, and of this machine
 * only the scratch directory.
 *
 * @throws PlinthError `image-not-found`, `image-platform`
 */
export async function imageShell({
  image: name,
  scratch,
  ...common
}: Common & { readonly image: string; readonly scratch: string }): Promise<BuildShell> {
  const image = await withStore(common, (store) => findRunImage(store, name));
  // Of the image's own settings only where its programs are: a CFLAGS in it would change what is built.
  const path = image.config.Env?.find((entry) => entry.startsWith('PATH=')) ?? `PATH=${DEFAULT_PATH}`;
  const box = sandbox(rootOf(common));
  return {
    directory: PLACE,
    place: `in the image ${name}`,
    async run(words, env, signal) {
      const { status } = await box.runContainer(
        {
          image: { ...image, config: { Env: [path] } },
          entrypoint: '',
          args: ['/bin/sh', '-c', `cd ${PLACE}/source && exec "$@" >>${PLACE}/output 2>&1`, 'sh', ...words],
          env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
          cwd: '/',
          user: '0:0',
          hostname: 'plinth',
          network: 'none',
          binds: [{ source: scratch, target: PLACE, readOnly: false }],
          remove: true,
          interactive: false,
          terminal: false,
          readOnlyRoot: false,
          noNewPrivileges: true,
          capabilities: [],
        },
        { signal },
      );
      return status;
    },
  };
}
