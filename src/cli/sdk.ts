import type { BuildObserver } from '../build/index.ts';
import type { MiniosOptions, MiniosReport } from '../recipes/index.ts';
import type { KeyValue } from './options/key-value.ts';
import type { OutputSpec } from './options/output-spec.ts';
import type { Volume } from './options/volume.ts';

/** What every function of the library takes. */
export interface Common {
  /** The store; undefined for the user's own. */
  readonly root: string | undefined;
}

export interface BuildRequest extends Common {
  /** A directory, or the bytes of a context tar. */
  readonly context: string | AsyncIterable<Uint8Array>;
  /** A path, or the bytes of the Dockerfile; undefined for `Dockerfile` in the context. */
  readonly file: string | AsyncIterable<Uint8Array> | undefined;
  readonly names: readonly string[];
  readonly buildArgs: readonly KeyValue[];
  readonly labels: readonly KeyValue[];
  readonly target: string | undefined;
  readonly platform: string | undefined;
  readonly noCache: boolean;
  readonly network: 'host' | 'none';
  readonly outputs: readonly OutputSpec[];
  readonly writeStdout: (chunk: Uint8Array) => void;
  readonly observe: BuildObserver;
  readonly signal: AbortSignal;
}

export interface BuildReport {
  readonly imageId: string;
  readonly manifestDigest: string;
}

export interface RunRequest extends Common {
  readonly image: string;
  readonly args: readonly string[];
  readonly remove: boolean;
  readonly name: string | undefined;
  readonly env: readonly KeyValue[];
  readonly workdir: string | undefined;
  readonly user: string | undefined;
  /** The empty text takes the image's entrypoint away. */
  readonly entrypoint: string | undefined;
  readonly network: 'host' | 'none';
  readonly volumes: readonly Volume[];
  readonly interactive: boolean;
  readonly terminal: boolean;
  readonly hostname: string | undefined;
  readonly readOnly: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
}

export interface ImageSummary {
  /** Undefined for an image without a name. */
  readonly repository: string | undefined;
  readonly tag: string | undefined;
  /** The config's digest. */
  readonly id: string;
  readonly manifestDigest: string;
  readonly createdMs: number | undefined;
  readonly sizeBytes: number;
}

export interface ContainerSummary {
  readonly id: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly createdMs: number;
  readonly state: 'created' | 'running' | 'exited';
  readonly startedMs: number | undefined;
  readonly exit: { readonly status: number; readonly atMs: number } | undefined;
  readonly name: string;
}

export interface HistoryStep {
  /** The image's id on its newest step; the steps below have none. */
  readonly imageId: string | undefined;
  readonly createdMs: number | undefined;
  readonly createdBy: string;
  readonly sizeBytes: number;
  readonly comment: string;
}

/** What one removal did: names that are gone, and images or containers that are gone with them. */
export interface RemovedImage {
  readonly untagged: readonly string[];
  readonly deleted: readonly string[];
}

export interface PruneReport {
  readonly removed: readonly string[];
  readonly freedBytes: number;
}

export interface UsageRow {
  readonly kind: string;
  readonly total: number;
  readonly active: number;
  readonly sizeBytes: number;
  readonly reclaimableBytes: number;
}

export interface DiskRequest extends Common {
  /** An image, a tar file or a directory. */
  readonly source: string;
  readonly file: string;
  readonly sizeBytes: number | undefined;
  readonly freeBytes: number | undefined;
  readonly journal: boolean;
  readonly label: string | undefined;
  readonly signal: AbortSignal;
}

export interface DiskReport {
  readonly sizeBytes: number;
  readonly freeBytes: number;
  readonly entries: number;
}

/** The functions of the library that the commands call; each command calls one. */
export interface Sdk {
  buildImage(request: BuildRequest): Promise<BuildReport>;
  runContainer(request: RunRequest): Promise<{ readonly status: number }>;
  listContainers(request: Common & { readonly all: boolean }): Promise<readonly ContainerSummary[]>;
  removeContainer(request: Common & { readonly container: string; readonly force: boolean }): Promise<void>;
  exportContainer(
    request: Common & { readonly container: string; readonly write: (chunk: Uint8Array) => void },
  ): Promise<void>;
  listImages(request: Common & { readonly filter: string | undefined }): Promise<readonly ImageSummary[]>;
  tagImage(request: Common & { readonly source: string; readonly name: string }): Promise<void>;
  removeImage(request: Common & { readonly image: string; readonly force: boolean }): Promise<RemovedImage>;
  /** Docker's description of an image or container. */
  inspectObject(request: Common & { readonly name: string }): Promise<unknown>;
  imageHistory(request: Common & { readonly image: string }): Promise<readonly HistoryStep[]>;
  saveImages(
    request: Common & {
      readonly images: readonly string[];
      readonly format: 'docker' | 'oci';
      readonly write: (chunk: Uint8Array) => void;
    },
  ): Promise<void>;
  /** The names (or ids) of the images that were read. */
  loadImages(request: Common & { readonly source: AsyncIterable<Uint8Array> }): Promise<readonly string[]>;
  importImage(
    request: Common & {
      readonly source: AsyncIterable<Uint8Array>;
      readonly name: string | undefined;
      readonly changes: readonly string[];
      readonly message: string | undefined;
      readonly platform: string | undefined;
    },
  ): Promise<{ readonly imageId: string }>;
  writeDisk(request: DiskRequest): Promise<DiskReport>;
  pruneStore(request: Common & { readonly all: boolean }): Promise<PruneReport>;
  storeUsage(request: Common): Promise<readonly UsageRow[]>;
  newMinios(options: MiniosOptions): Promise<MiniosReport>;
  /** What `plinth dockerfile parse` prints. */
  describeDockerfile(content: Uint8Array): unknown;
  /** What `plinth dockerfile expand` prints, one result per case. */
  expandWords(cases: unknown): unknown;
}
