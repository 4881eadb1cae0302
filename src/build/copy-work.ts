import { type DiffId, encodeText } from '../bytes/index.ts';
import { isPlinthError, PlinthError } from '../errors/index.ts';
import { type FileNode, memoryContent, NO_XATTRS, type Tree } from '../tree/index.ts';
import { type CopyOptions, copyFiles } from './copy-files.ts';
import { type CopySource, selectSources } from './copy-source.ts';
import { parseModeChange } from './file-mode.ts';
import { LayerDraft } from './layer-draft.ts';
import { writeEntries } from './layer-stream.ts';
import { resolveOwner } from './owner.ts';
import type { CopyOrigin, CopyStep } from './plan.ts';
import { type DigestOptions, digestSources, newestTime } from './source-digest.ts';
import type { StepResult } from './step-cache.ts';
import { epochOf, type StageState, type StepContent, type StepWork, type WorkContext } from './step-work.ts';
import { unpackSources } from './unpack-sources.ts';

const INLINE_MODE = 0o644;
const IGNORED_HINT = 'It is there, but .dockerignore leaves it out.';

/** COPY and ADD: computed on trees, without a kernel. */
export class CopyWork implements StepWork {
  readonly instruction: string;
  readonly text: string;
  readonly variables: readonly string[] = [];
  readonly #step: CopyStep;
  readonly #state: StageState;
  readonly #context: WorkContext;
  #sources: readonly CopySource[] | undefined;

  constructor(step: CopyStep, state: StageState, context: WorkContext) {
    const { name, destination, chown, chmod, unpack } = step;
    this.#step = step;
    this.#state = state;
    this.#context = context;
    this.instruction = JSON.stringify([name, destination, chown, chmod, unpack, context.givenEpochNs?.toString()]);
    this.text = step.title.text;
  }

  /** @throws PlinthError `source-missing`, `path-pattern-invalid`, `context-unreadable` */
  content(options: DigestOptions): StepContent {
    const { origin, sources, files } = this.#step;
    const { cache, context, fingerprints } = this.#context;
    if (origin.kind === 'context') return digestSources(this.#selected(), context.fingerprints, options);
    // A stack of layers never changes: what was once worked out of it holds.
    const layers = this.#originLayers(origin);
    const selection = JSON.stringify([sources, files]);
    const known = cache.readSelection(layers, selection);
    if (known !== undefined) return { digest: known };
    const content = digestSources(this.#selected(), fingerprints, options);
    cache.writeSelection(layers, selection, content.digest);
    return content;
  }

  /** @throws PlinthError `copy-conflict`, `mode-invalid`, `archive-entry-refused`, `user-unknown`, … */
  async perform(): Promise<StepResult> {
    const { store, signal, onProgress } = this.#context;
    const sources = this.#selected();
    const newestNs = this.#newestTime(sources);
    const below = store.tree(this.#state.layers);
    const draft = new LayerDraft(below, epochOf(this.#state, newestNs, this.#context));
    const options = await this.#options(below);
    if (this.#step.unpack) {
      const layer = await unpackSources({ draft, sources, store, signal, onProgress, ...options });
      return layer === undefined ? { newestNs } : { layer, newestNs };
    }
    copyFiles(draft, sources, options);
    const layer = await writeEntries(draft.entries(), { store, signal, onProgress });
    return layer === undefined ? { newestNs } : { layer, newestNs };
  }

  #selected(): readonly CopySource[] {
    if (this.#sources === undefined) {
      const tree = this.#originTree();
      const selected = this.#step.sources.flatMap((pattern) => this.#select(tree, pattern));
      this.#sources = [...selected, ...this.#step.files.map(({ name, content }) => this.#inline(name, content))];
    }
    return this.#sources;
  }

  #select(tree: Tree, pattern: string): CopySource[] {
    try {
      return selectSources(tree, pattern);
    } catch (error) {
      const isMissing = this.#step.origin.kind === 'context' && isPlinthError(error) && error.code === 'source-missing';
      throw isMissing ? this.#explained(error) : error;
    }
  }

  /** A source that is missing from the context, with the reason if there is one. */
  #explained(error: PlinthError): PlinthError {
    const { message, code, details, cause } = error;
    const isIgnored = this.#context.context.ignores(encodeText(String(details.path)));
    return isIgnored ? new PlinthError(message, { code, details, cause, hint: IGNORED_HINT }) : error;
  }

  #inline(name: string, content: string): CopySource {
    const mtimeNs = this.#state.epochNs;
    const attributes = { mode: INLINE_MODE, uid: 0, gid: 0, mtimeNs, xattrs: NO_XATTRS };
    const node: FileNode = { kind: 'file', ...attributes, content: memoryContent(content) };
    return { name: encodeText(name), path: encodeText(name) as CopySource['path'], node };
  }

  #originTree(): Tree {
    const { origin } = this.#step;
    const { context, store } = this.#context;
    return origin.kind === 'context' ? context.tree : store.tree(this.#originLayers(origin));
  }

  #originLayers(origin: Exclude<CopyOrigin, { kind: 'context' }>): readonly DiffId[] {
    if (origin.kind === 'image') return origin.image.config.rootfs.diff_ids;
    return this.#context.stages.get(origin.index)?.layers ?? [];
  }

  #newestTime(sources: readonly CopySource[]): bigint {
    const { origin } = this.#step;
    if (origin.kind === 'stage') return this.#context.stages.get(origin.index)?.epochNs ?? 0n;
    return newestTime(sources);
  }

  async #options(below: Tree): Promise<CopyOptions> {
    const { destination, chown, chmod, origin } = this.#step;
    return {
      // Two sources may hold the same file, and are two copies of it then.
      adopt: origin.kind === 'context' && this.#context.context.isOwn && this.#selected().length === 1,
      destination: encodeText(destination),
      owner: chown === undefined ? undefined : await resolveOwner(chown, below),
      mode: chmod === undefined ? undefined : parseModeChange(chmod),
    };
  }
}
