import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scanTar } from '../../src/archive/index.ts';
import { build } from '../../src/build/index.ts';
import type { ByteString } from '../../src/bytes/index.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { applyLayer, memoryContent, mustTreePath, readContent, readLayer, Tree } from '../../src/tree/index.ts';
import { COPY_CASES, type CopyCase, FAILING_CASES, makeCopyContext } from './build-copy-cases.ts';

/** What a case made, line by line, without times: those of directories differ by when they were written. */
function describeTree(tree: Tree, below: string): string[] {
  const from = mustTreePath(below as ByteString);
  const seen = new Map<unknown, string>();
  return [...tree.walk(from)].map(({ path, node }) => {
    const name = path.slice(from.length + 1);
    const first = seen.get(node);
    if (node.kind !== 'directory') seen.set(node, first ?? name);
    if (first !== undefined) return `link ${name} -> ${first}`;
    if (node.kind === 'symlink') return `symlink ${name} -> ${node.target}`;
    const head = `${node.kind} ${node.mode.toString(8)} ${node.uid}:${node.gid} ${name}`;
    return node.kind === 'file' ? `${head} = ${JSON.stringify(readContent(node.content).toString('latin1'))}` : head;
  });
}

/** All cases as stages of one Dockerfile, each collected below `case-N` of the last stage: one start of a tool, not seventy. */
function dockerfileOf(cases: readonly CopyCase[]): string {
  const stages = cases.map(({ lines }, at) => {
    const own = lines.map((line) => line.replace(/\bBASE\b/, `base${at}`).replace(/\bLAST\b/, `last${at}`));
    return [`FROM scratch AS base${at}`, ...own].join('\n');
  });
  const collected = cases.map(({ lines }, at) => {
    const last = lines.some((line) => line.endsWith('AS LAST')) ? 'last' : 'base';
    return `COPY --from=${last}${at} / /case-${at}/`;
  });
  return [...stages, 'FROM scratch', ...collected, ''].join('\n');
}

let work: string;
let context: string;
let store: Store;

async function ourTree(dockerfile: string): Promise<Tree> {
  const { image } = await build({ context, dockerfile: { text: dockerfile } }, { store });
  return store.tree(image.config.rootfs.diff_ids);
}

function buildahTree(dockerfile: string): Tree {
  const file = join(work, 'Dockerfile');
  const tar = join(work, 'out.tar');
  writeFileSync(file, dockerfile);
  const storage = ['--root', join(work, 'root'), '--runroot', join(work, 'runroot'), '--storage-driver', 'vfs'];
  const options = ['--isolation', 'chroot', '--layers=false', '-q', '-f', file, '-o', `type=tar,dest=${tar}`];
  execFileSync('buildah', [...storage, 'bud', ...options, context], { stdio: 'pipe' });
  const content = memoryContent(readFileSync(tar));
  return applyLayer(new Tree(), readLayer(scanTar(content), content));
}

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'plinth-build-copy-'));
  context = makeCopyContext();
  store = openStore(join(work, 'store'));
});

afterAll(() => {
  store.close();
  rmSync(work, { recursive: true, force: true });
  rmSync(context, { recursive: true, force: true });
});

describe('COPY and ADD beside buildah', () => {
  const shared = COPY_CASES.filter((one) => one.differs === undefined);
  let ours: Tree;
  let theirs: Tree;

  beforeAll(async () => {
    const dockerfile = dockerfileOf(shared);
    ours = await ourTree(dockerfile);
    theirs = buildahTree(dockerfile);
  });

  it.each(shared.map((one, at) => ({ ...one, at })))('$name', ({ at }) => {
    const made = describeTree(ours, `case-${at}`);
    expect(made.length).toBeGreaterThan(0);
    expect(made).toEqual(describeTree(theirs, `case-${at}`));
  });
});

describe('COPY and ADD where buildah differs from BuildKit', () => {
  const special = COPY_CASES.flatMap((one) => (one.differs === undefined ? [] : [{ ...one, ...one.differs }]));

  it.each(special)('$name: it $buildah', async (one) => {
    const tree = await ourTree(dockerfileOf([one]));
    expect(describeTree(tree, 'case-0')).toEqual(one.expected);
  });
});

describe('COPY that cannot be done', () => {
  it.each(FAILING_CASES)('$name', async ({ lines, code }) => {
    const failed = ourTree(['FROM scratch', ...lines].join('\n'));
    await expect(failed).rejects.toMatchObject({
      code,
      details: { line: lines.length + 1, endLine: lines.length + 1 },
    });
  });
});
