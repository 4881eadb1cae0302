import { type DockerfileProblem, dockerfileProblem } from './dockerfile-error.ts';
import { FlagValues } from './flag-values.ts';
import { heredocText, parseHeredocMark } from './heredoc.ts';
import type { CopyInstruction, InlineFile } from './instruction.ts';
import type { Word } from './source-range.ts';
import { nodeRange, type SyntaxNode } from './syntax-node.ts';

const SHARED = { chown: 'text', chmod: 'text', link: 'boolean', exclude: 'texts' } as const;
const COPY_FLAGS = { ...SHARED, from: 'text', parents: 'boolean' } as const;
const ADD_FLAGS = { ...SHARED, checksum: 'text', 'keep-git-dir': 'boolean', unpack: 'boolean' } as const;

/** Reads COPY. @throws PlinthError `dockerfile-*` */
export function readCopy(node: SyntaxNode): CopyInstruction {
  const places = readPlaces(node);
  const flags = new FlagValues(node, COPY_FLAGS);
  const from = flags.text('from');
  if (from?.includes('$')) {
    const hint = 'Name the stage or image with FROM … AS first, where variables work.';
    throw flags.problem('from', 0, 'variable expansion is not supported for --from', hint);
  }
  return {
    kind: 'copy',
    node,
    ...places,
    ...readShared(flags),
    from: from === '' ? undefined : from,
    keepsParents: flags.boolean('parents') ?? false,
    checksum: undefined,
    keepsGitDirectory: false,
    unpack: undefined,
  };
}

/** Reads ADD. @throws PlinthError `dockerfile-*` */
export function readAdd(node: SyntaxNode): CopyInstruction {
  const places = readPlaces(node);
  const flags = new FlagValues(node, ADD_FLAGS);
  return {
    kind: 'add',
    node,
    ...places,
    ...readShared(flags),
    from: undefined,
    keepsParents: false,
    checksum: flags.text('checksum') || undefined,
    keepsGitDirectory: flags.boolean('keep-git-dir') ?? false,
    unpack: flags.boolean('unpack'),
  };
}

function readShared(flags: FlagValues<keyof typeof SHARED>) {
  return {
    chown: flags.text('chown') || undefined,
    chmod: flags.text('chmod') || undefined,
    isLinked: flags.boolean('link') ?? false,
    exclude: flags.texts('exclude'),
  };
}

function readPlaces(node: SyntaxNode): Pick<CopyInstruction, 'sources' | 'files' | 'destination'> {
  const destination = node.args.at(-1);
  const name = node.name.toUpperCase();
  if (destination === undefined || node.args.length < 2) {
    throw invalid(node, undefined, `${name} requires at least two arguments, one or more sources and a destination`);
  }
  const sources: string[] = [];
  const files: InlineFile[] = [];
  for (const word of node.args.slice(0, -1)) {
    const file = readInlineFile(node, word);
    if (file === undefined) sources.push(word.text);
    else files.push(file);
  }
  if (readInlineFile(node, destination) !== undefined) {
    throw invalid(node, destination, `${name} cannot accept a heredoc as a destination`);
  }
  return { sources, files, destination: destination.text };
}

function readInlineFile(node: SyntaxNode, word: Word): InlineFile | undefined {
  if (node.isJson) return undefined;
  const mark = parseHeredocMark(word.text);
  if (mark === undefined) return undefined;
  // Of several with one name the last counts, as in BuildKit.
  const heredoc = node.heredocs.findLast(({ name }) => name === mark.name);
  const content = heredoc === undefined ? '' : heredocText({ ...heredoc, chomp: mark.chomp });
  return { name: mark.name, content, expand: mark.expand };
}

function invalid(node: SyntaxNode, word: Word | undefined, fact: string): DockerfileProblem {
  return dockerfileProblem(fact, { code: 'dockerfile-arguments-invalid', range: nodeRange(node, word) });
}
