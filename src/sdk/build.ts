import {
  type BuildObserver,
  type BuildOutput,
  build,
  DOCKERFILE_LIMIT_BYTES,
  type RunStep,
  type StepRunner,
} from '../build/index.ts';
import { sandbox } from '../container/index.ts';
import { parsePlatform } from '../oci/index.ts';
import type { Store } from '../store/index.ts';
import { Tree } from '../tree/index.ts';
import type { FailedStart } from './explain-start.ts';
import { type Common, rootOf, withStore } from './session.ts';
import { sourceDateEpoch } from './source-date-epoch.ts';
import { openStream } from './tree-source.ts';

export interface BuildImageOptions extends Common {
  /** A directory; or the bytes of a tar in any compression; or, as with Docker, of a Dockerfile alone. */
  readonly context: string | AsyncIterable<Uint8Array>;
  /** A path, or the bytes of the Dockerfile; absent: `Dockerfile` in the context. */
  readonly dockerfile?: string | AsyncIterable<Uint8Array> | undefined;
  /** Names for the image, with or without tag. */
  readonly names?: readonly string[];
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** The stage to build, by name or index; absent: the last. */
  readonly target?: string | undefined;
  /** Such as `linux/arm64`; absent: what the base images are for, and this machine's for one from nothing. */
  readonly platform?: string | undefined;
  readonly noCache?: boolean;
  /** The network of RUN steps; default `host`. */
  readonly network?: 'host' | 'none';
  /** What to write beside the image in the store. */
  readonly outputs?: readonly BuildOutput[];
  /** In seconds: all times that only a clock could decide. Absent: `SOURCE_DATE_EPOCH`, else the newest time of the input. */
  readonly sourceDateEpoch?: number | undefined;
  readonly observe?: BuildObserver;
  readonly signal?: AbortSignal;
}

/** The image that a build made. */
export interface BuildReport {
  /** The digest of the image's config: Docker's image id. */
  readonly imageId: string;
  readonly manifestDigest: string;
  readonly steps: number;
  readonly cachedSteps: number;
}

/**
 * Builds an image from a Dockerfile and the files in a context, as any user; only RUN steps need namespaces.
 * The same input gives the same image, byte for byte.
 *
 * @throws PlinthError of `dockerfile/` and `build/`, with file, line and excerpt in `details`; the signal's reason
 */
export function buildImage(options: BuildImageOptions): Promise<BuildReport> {
  return withStore(options, async (store) => {
    const source = await openSource(store, options);
    try {
      const { observe, platform, signal, names, buildArgs, labels, target, noCache, network, outputs } = options;
      const choices = { signal, names, buildArgs, labels, target, noCache, network, outputs };
      const { image, steps, cachedSteps } = await build(
        {
          ...choices,
          ...source,
          platform: platform === undefined ? undefined : parsePlatform(platform),
          sourceDateEpoch: options.sourceDateEpoch ?? sourceDateEpoch(),
        },
        { store, runner: stepRunner(rootOf(options)), observe },
      );
      return { imageId: image.configDigest, manifestDigest: image.manifestDigest, steps, cachedSteps };
    } finally {
      source.close();
    }
  });
}

interface Source {
  readonly context: string | Tree;
  readonly dockerfile: string | { readonly text: string } | undefined;
  close(): void;
}

async function openSource(store: Store, { context, dockerfile, signal }: BuildImageOptions): Promise<Source> {
  const file = typeof dockerfile === 'object' ? { text: await readText(dockerfile) } : dockerfile;
  if (typeof context === 'string') return { context, dockerfile: file, close: () => {} };
  const stream = await openStream(store, context, signal);
  if (stream.kind === 'tar') return { context: stream.open.tree, dockerfile: file, close: stream.open.close };
  return { context: new Tree(), dockerfile: { text: stream.text }, close: () => {} };
}

/** No more than is needed to see that it is too much: a stream may have no end. */
async function readText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const kept: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    kept.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > DOCKERFILE_LIMIT_BYTES) break;
  }
  return Buffer.concat(kept).toString();
}

/** What does RUN steps for builds with the store at `root`. A step that cannot start is explained. */
function stepRunner(root: string): StepRunner {
  const box = sandbox(root);
  return {
    async run(step: RunStep) {
      const { parent, args, env, cwd, user, network, clampNs, hostname = 'plinth', files = [] } = step;
      const request = {
        ...{ parent, args, env, cwd, user, network, hostname },
        clampNs: clampNs.toString(),
        files: files.map(({ path, mode, bytes }) => ({ path, mode, base64: Buffer.from(bytes).toString('base64') })),
      };
      try {
        const outcome = await box.runStep(request, step.onOutput, step.signal);
        if (outcome.status !== 126 && outcome.status !== 127) return outcome;
        const hint = await (await explanations()).explainedStatus(outcome.status, failedStep(root, step));
        return hint === undefined ? outcome : { ...outcome, hint };
      } catch (error) {
        throw await (await explanations()).explainedError(error, failedStep(root, step));
      }
    },
  };
}

/** Loaded only when a step has failed. */
function explanations(): Promise<typeof import('./explain-start.ts')> {
  return import('./explain-start.ts');
}

function failedStep(root: string, { parent, args, env, cwd, user, platform }: RunStep): FailedStart {
  const config = { Env: env, User: user, WorkingDir: cwd };
  return { root, layers: parent, platform, config, words: args };
}
