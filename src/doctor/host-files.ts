import type { ByteString } from '../bytes/index.ts';
import { type ElfFile, isElf, readElf, sameMachine } from '../elf/index.ts';
import { isPlinthError } from '../errors/index.ts';
import { findClosure } from '../loader/index.ts';
import type { Node, Tree } from '../tree/index.ts';
import type { HostFile } from './mender.ts';
import { join, lastName, type Patient, parent } from './patient.ts';

const PROGRAM_DIRECTORIES = ['/bin', '/usr/bin', '/usr/local/bin', '/sbin', '/usr/sbin'] as ByteString[];
const LIBRARY_ROOTS = ['/lib', '/usr/lib', '/lib64', '/usr/lib64', '/lib32', '/usr/lib32'] as ByteString[];

/** A library of this machine with all it needs that the image lacks; undefined if there is none for its processor. */
export function hostLibrary(
  patient: Patient,
  name: ByteString,
  { like, directories }: { readonly like: ElfFile; readonly directories: readonly ByteString[] },
): HostFile[] | undefined {
  const { tree } = patient.facts.host;
  if (tree === undefined || name.includes('/')) return undefined;
  const from = libraryDirectories(tree)
    .map((directory) => join(directory, name))
    .find((path) => isFor(tree, path, like));
  return from === undefined ? undefined : closureFiles(patient, from, join(placeFor(parent(from), directories), name));
}

/** A program of this machine, and all it needs that the image lacks. */
export function hostProgram(patient: Patient, to: ByteString, like: ElfFile | undefined): HostFile[] | undefined {
  const { tree, platform } = patient.facts.host;
  if (tree === undefined) return undefined;
  const own =
    like === undefined && (patient.facts.platform?.architecture ?? platform.architecture) === platform.architecture;
  const paths = [to, ...PROGRAM_DIRECTORIES.map((directory) => join(directory, lastName(to)))];
  const from = paths.find((path) =>
    own ? elfAt(tree, path) !== undefined : like !== undefined && isFor(tree, path, like),
  );
  if (from === undefined) return undefined;
  return closureFiles(patient, from, to);
}

/** The loader at `to`, if this machine has one of the same path and processor. */
export function hostLoader(patient: Patient, to: ByteString, like: ElfFile): HostFile[] | undefined {
  const { tree } = patient.facts.host;
  return tree !== undefined && isFor(tree, to, like) ? [{ from: to, to }] : undefined;
}

function closureFiles(patient: Patient, from: ByteString, to: ByteString): HostFile[] | undefined {
  const { tree } = patient.facts.host;
  if (tree === undefined) return undefined;
  const [closure] = findClosure(tree, [from]).programs;
  if (closure === undefined || closure.problems.length > 0) return undefined;
  const files = new Map<ByteString, HostFile>([[to, { from, to }]]);
  for (const { role, path } of closure.objects) {
    if (role === 'program' || hasAlready(patient, path, role)) continue;
    files.set(path, { from: path, to: path });
  }
  return [...files.values()];
}

/** Whether the image has a file of this name where libraries lie. */
function hasAlready({ tree }: Patient, path: ByteString, role: 'loader' | 'library'): boolean {
  if (tree.resolve(path) !== undefined) return true;
  if (role === 'loader') return false;
  return libraryDirectories(tree).some((directory) => tree.resolve(join(directory, lastName(path))) !== undefined);
}

/** The directory that the loader of the image looks into, the host's own if it does. */
function placeFor(directory: ByteString, searched: readonly ByteString[]): ByteString {
  const directories = searched.filter((one) => one.startsWith('/') && !one.endsWith('.cache'));
  if (directories.includes(directory) || directories.length === 0) return directory;
  return directories.find((one) => /^\/(?:usr\/)?lib/.test(one)) ?? directories[0] ?? directory;
}

/** The directories of a system's libraries, those of Debian's architectures, too. */
function libraryDirectories(tree: Tree): ByteString[] {
  return LIBRARY_ROOTS.flatMap((root) => {
    const node = tree.resolve(root)?.node;
    if (node?.kind !== 'directory') return [];
    const names = [...node.children.keys()].filter((name) => /-linux-/.test(name)).sort();
    return [root, ...names.map((name) => join(root, name))];
  });
}

function isFor(tree: Tree, path: ByteString, like: ElfFile): boolean {
  const elf = elfAt(tree, path);
  return elf !== undefined && sameMachine(elf, like);
}

function elfAt(tree: Tree, path: ByteString): ElfFile | undefined {
  const node = tree.resolve(path)?.node;
  return node === undefined ? undefined : readElfNode(node);
}

/** The ELF file that a node is; undefined if it is none, or damaged. */
export function readElfNode(node: Node): ElfFile | undefined {
  if (node.kind !== 'file' || node.content.sizeBytes < 4) return undefined;
  try {
    const head = Buffer.alloc(4);
    node.content.read(head, 0);
    return isElf(head) ? readElf(node.content) : undefined;
  } catch (error) {
    if (isPlinthError(error)) return undefined;
    throw error;
  }
}
