/** Takes the bytes of an output that is one stream; resolves when it can take more. */
export type OutputSink = (chunk: Uint8Array) => void | Promise<void>;

/** Where an output that is one stream goes: a file, put in place when it is whole, or a sink such as stdout. */
export type OutputTarget = string | OutputSink;

/** What a build is delivered as. */
export type BuildOutput =
  /** The image in the store, which there always is. */
  | { readonly kind: 'image' }
  /** An archive of an OCI layout, or one that `docker load` reads. */
  | { readonly kind: 'oci' | 'docker'; readonly target: OutputTarget }
  /** The root file system as one tar. */
  | { readonly kind: 'tar'; readonly target: OutputTarget }
  /** The root file system as files in a directory, which must be empty or not exist. */
  | { readonly kind: 'local'; readonly path: string }
  /** The root file system as a disk image; sizes as for `plinth disk`. */
  | {
      readonly kind: 'ext4';
      readonly path: string;
      readonly sizeBytes?: number | undefined;
      readonly freeBytes?: number | undefined;
      readonly journal?: boolean | undefined;
      readonly label?: string | undefined;
    };
