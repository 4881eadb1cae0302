/** Annotation keys that we write or read (OCI image specification, annotations.md). */
export const ANNOTATIONS = {
  /** The name of an image in a layout: ours is Docker's familiar form with the tag, `minios:latest`. */
  refName: 'org.opencontainers.image.ref.name',
  /** The full name, `docker.io/library/minios:latest`: containerd, Docker and Podman prefer it to the one above. */
  containerdName: 'io.containerd.image.name',
  created: 'org.opencontainers.image.created',
} as const;

export type Annotations = Readonly<Record<string, string>>;
