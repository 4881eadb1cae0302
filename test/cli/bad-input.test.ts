import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeTarHeader, NO_TAR_XATTRS, TAR_END, type TarHeader } from '../../src/archive/index.ts';
import { encodeText } from '../../src/bytes/index.ts';
import { type PlinthOptions, type PlinthResult, plinth as runPlinth } from '../support/plinth.ts';

let scratch: string;
let context: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'plinth-bad-input-'));
  context = join(scratch, 'context');
  mkdirSync(join(context, 'sub'), { recursive: true });
  writeFileSync(join(context, 'app.txt'), 'app');
  writeFileSync(join(context, 'sub/conf.json'), '{}');
  writeFileSync(join(context, 'secret.txt'), 'secret');
  writeFileSync(join(context, '.dockerignore'), 'secret.txt\n');
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function plinth(args: readonly string[], options: PlinthOptions = {}): PlinthResult {
  return runPlinth(args, { cwd: scratch, env: { FORCE_COLOR: '0', PLINTH_ROOT: join(scratch, 'store') }, ...options });
}

/** What is wrong is said in words: no stack, no system code, nothing that moves the cursor; nothing is left in tmp/. */
function expectRefusal(result: PlinthResult, wanted: RegExp, status = 1): void {
  expect(result.stderr).toMatch(wanted);
  expect(result.stderr).toMatch(/^error: /m);
  expect(result.stderr).not.toMatch(/This is a bug|^ {4}at |: E[A-Z]{3,}$/m);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(result.stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  expect(result.status).toBe(status);
  const temporary = join(scratch, 'store/tmp');
  expect(existsSync(temporary) ? readdirSync(temporary) : []).toEqual([]);
}

function build(dockerfile: string | Uint8Array, ...args: string[]): PlinthResult {
  return plinth(['build', '--progress', 'plain', '-f', '-', ...args, context], { input: dockerfile });
}

describe('a Dockerfile that is wrong', () => {
  it.each<[name: string, dockerfile: string | Uint8Array, wanted: RegExp]>([
    ['is empty', '', /file with no instructions/],
    ['has only comments', '# a\n# b\n', /file with no instructions/],
    ['has an unknown instruction', 'FROM scratch\nRUNN x\n', /line 2: unknown.*"RUNN"[\s\S]*Did you mean RUN\?/],
    ['has an unknown flag', 'FROM scratch\nCOPY --chonw=1 a /\n', /unknown flag: --chonw[\s\S]*Did you mean --chown\?/],
    [
      'has an open here-document',
      'FROM scratch\nCOPY <<EOF /x\nhello\n',
      /unterminated heredoc[\s\S]*line that is just EOF/,
    ],
    ['is UTF-16', Buffer.from('\ufeffFROM scratch\n', 'utf16le'), /line 1 holds a NUL byte[\s\S]*UTF-8/],
    ['holds NUL', 'FROM scratch\nENV A=a\0b\n', /line 2 holds a NUL byte/],
    ['is too large', Buffer.alloc(5 << 20, 'ENV A=b\n'), /has \d+ bytes, at most 4194304/],
    ['has too long a line', `FROM scratch\nENV A=${'b'.repeat(1 << 20)}\n`, /line has \d+ bytes, at most 65535/],
    ['has stages in a circle', 'FROM b AS a\nFROM a AS b\n', /find image b/],
    ['copies from itself', 'FROM scratch AS a\nCOPY --from=a x /\n', /copy from a: no stage before this one/],
    ['copies from a later stage', 'FROM scratch\nCOPY --from=3 x /\n', /copy from 3/],
    ['adds a URL', 'FROM scratch\nADD https://a.example/x /\n', /ADD of a URL is not supported[\s\S]*2 │ ADD https:/],
    ['mounts', 'FROM scratch\nRUN --mount=type=cache,target=/x true\n', /RUN --mount is not supported/],
    ['has a high tower of stages', tower(20_000), /over 500 stand on each other/],
    ['misspells a source', 'FROM scratch\nCOPY ap.txt /\n', /copy ap.txt: no such[\s\S]*2 │ COPY[\s\S]*mean app.txt\?/],
    ['misspells a source below', 'FROM scratch\nCOPY sub/config.json /\n', /Did you mean sub\/conf.json\?/],
    ['misspells a directory', 'FROM scratch\nCOPY sup/conf.json /\n', /Did you mean sub\?/],
    ['wants an ignored source', 'FROM scratch\nCOPY secret.txt /\n', /no such file[\s\S]*\.dockerignore leaves it out/],
    ['climbs out', 'FROM scratch\nCOPY ../../../../etc/passwd /\n', /copy .*no such file or directory/],
    [
      'names nobody',
      'FROM scratch\nCOPY --chown=me app.txt /\n',
      /"me" is not in[\s\S]*┌ Dockerfile:2:1[\s\S]*2 │ COPY/,
    ],
    ['paints', 'FROM scratch\nRUNN \x1b[31m \u202e\n', /2 │ RUNN \\x1b\[31m \\u\{202e\}/],
  ])('%s', (_, dockerfile, wanted) => {
    expectRefusal(build(dockerfile), wanted);
  });

  it.each<[args: string[], wanted: RegExp, status?: number]>([
    [['--target', 'bild'], /build target "bild"[\s\S]*Its stages are build\./],
    [['--platform', 'a/b/c/d'], /read platform: "a\/b\/c\/d"/],
    [['--build-arg', '=x'], /read --build-arg: "=x" has no name/, 2],
    [['-t', ':'], /read image name: ":"/],
    [['-t', 'UPPER'], /has upper-case letters[\s\S]*Did you mean upper\?/],
    [['-t', 'a'.repeat(300)], /longer than 255/],
    [['-t', 'sha256:abc'], /would read as a digest/],
    [['--iidfile', 'no/such/file'], /write .*no\/such\/file: no such file or directory/],
  ])('with %j', (args, wanted, status) => {
    expectRefusal(build('FROM scratch AS build\nCOPY app.txt /\n', ...args), wanted, status);
  });

  it('is read through a byte order mark and CRLF', () => {
    expect(build('\ufeffFROM scratch\r\nCOPY app.txt /\r\n').status).toBe(0);
  });
});

function tower(stages: number): string {
  return `FROM scratch AS s0\n${Array.from({ length: stages }, (_, i) => `FROM s${i} AS s${i + 1}\n`).join('')}`;
}

describe('a context that is wrong', () => {
  it.each<[name: string, args: (directory: string) => string[], wanted: RegExp]>([
    ['is missing', (directory) => [join(directory, 'nope')], /open context .*nope: no such file or directory/],
    ['is a file', (directory) => [join(directory, 'file')], /open context .*file: not a directory/],
    ['has no Dockerfile', (directory) => [directory], /read Dockerfile .*: no such file or directory[\s\S]*-f PATH/],
    [
      'has a directory as Dockerfile',
      (directory) => ['-f', directory, directory],
      /read Dockerfile .*it is a directory/,
    ],
    ['has a pipe as Dockerfile', pipeAs('Dockerfile'), /read Dockerfile .*it is no regular file/],
    ['has a pipe as ignore file', pipeAs('.dockerignore', true), /read .*\.dockerignore: it is no regular file/],
    ['takes an endless Dockerfile', (directory) => ['-f', '/dev/zero', directory], /it is no regular file/],
  ])('%s', (_, args, wanted) => {
    const directory = mkdtempSync(join(scratch, 'c-'));
    writeFileSync(join(directory, 'file'), '');
    expectRefusal(plinth(['build', ...args(directory)]), wanted);
  });

  it('has pipes and sockets, which are not waited for', () => {
    const directory = mkdtempSync(join(scratch, 'c-'));
    execFileSync('mkfifo', [join(directory, 'pipe')]);
    expect(plinth(['build', '-f', '-', directory], { input: 'FROM scratch\nCOPY . /\n' }).status).toBe(0);
  });
});

function pipeAs(name: string, withDockerfile = false): (directory: string) => string[] {
  return (directory) => {
    execFileSync('mkfifo', [join(directory, name)]);
    if (withDockerfile) writeFileSync(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY . /\n');
    return [directory];
  };
}

type Entry = Partial<TarHeader> & { readonly name: string };

function header({ name, ...rest }: Entry): Buffer {
  const empty = { linkTarget: encodeText(''), sizeBytes: 0, major: 0, minor: 0, xattrs: NO_TAR_XATTRS };
  const common = { kind: 'file', mode: 0o644, uid: 0, gid: 0, mtimeNs: 0n } as const;
  return encodeTarHeader({ ...common, ...empty, ...rest, path: encodeText(name) });
}

const symlink = (name: string, target: string) => header({ name, kind: 'symlink', linkTarget: encodeText(target) });
const hardlink = (name: string, target: string) => header({ name, kind: 'hardlink', linkTarget: encodeText(target) });
const tar = (...parts: Buffer[]): Buffer => Buffer.concat([...parts, TAR_END]);

function damaged(part: Buffer): Buffer {
  const copy = Buffer.from(part);
  copy[0] = (copy[0] ?? 0) ^ 1;
  return copy;
}

describe('a tar that is hostile', () => {
  const everywhere: readonly (readonly [name: string, bytes: Buffer])[] = [
    ['climbs out', tar(header({ name: 'a' }), header({ name: '../evil' }))],
    ['climbs out with colours', tar(header({ name: 'a' }), header({ name: '../\x1b]0;x\x07\u202e' }))],
    ['links out of itself', tar(header({ name: 'a' }), hardlink('b', '../../../etc/passwd'))],
    ['links to what is missing', tar(header({ name: 'a' }), hardlink('b', 'etc/passwd'))],
    ['links to itself', tar(header({ name: 'a' }), hardlink('b', 'b'))],
    ['links to a directory', tar(header({ name: 'd/', kind: 'directory' }), hardlink('b', 'd'))],
    ['goes through a circle of links', tar(symlink('a', 'b'), symlink('b', 'a'), header({ name: 'a/x' }))],
    ['has a damaged header', tar(header({ name: 'a' }), damaged(header({ name: 'b' })))],
    ['ends within a file', header({ name: 'a', sizeBytes: 10 })],
    ['promises 2^52 bytes', header({ name: 'a', sizeBytes: 2 ** 52 })],
    ['has too long a name', tar(header({ name: 'a' }), header({ name: 'n'.repeat(256) }))],
  ];
  const uses: readonly (readonly [use: string, run: (file: string) => PlinthResult])[] = [
    ['import', (file) => plinth(['import', file, 'bad'])],
    ['disk', (file) => plinth(['disk', file, join(scratch, 'out.ext4')])],
    [
      'ADD',
      (file) =>
        plinth(['build', '-t', 'bad', '-f', '-', join(file, '..')], { input: 'FROM scratch\nADD bad.tar /d/\n' }),
    ],
  ];

  describe.each(uses)('for %s', (_, run) => {
    it.each(everywhere)('%s', (__, bytes) => {
      const directory = mkdtempSync(join(scratch, 't-'));
      const file = join(directory, 'bad.tar');
      writeFileSync(file, bytes);
      expectRefusal(run(file), /^error: /m);
      expect(readdirSync(scratch)).not.toContain('out.ext4');
      expect(existsSync(join(directory, 'evil'))).toBe(false);
      expect(plinth(['images', '-q', 'bad']).stdout).toBe('');
    });
  });

  it('cut anywhere is refused by load', { timeout: 120_000 }, () => {
    const archive = savedImage();
    for (let end = 512; end < archive.length - TAR_END.length; end += 512) {
      const result = plinth(['load'], { input: archive.subarray(0, end) });
      expect(result.status, `cut at ${end}`).toBe(1);
      expect(result.stderr).toMatch(/^error: /m);
    }
    expect(plinth(['load'], { input: archive }).status).toBe(0);
  });

  it('of nothing is no root file system', () => {
    expectRefusal(plinth(['import', '-', 'nothing'], { input: '' }), /the tar is empty/);
  });

  it('may not begin a name with .wh. when it is added', () => {
    writeFileSync(join(context, 'wh.tar'), tar(header({ name: 'd/.wh..wh..opq' })));
    expectRefusal(build('FROM scratch\nADD wh.tar /\n'), /no name in an image may begin with "\.wh\."/);
  });
});

/** The docker archive of a small image. */
function savedImage(): Buffer {
  const file = join(scratch, 'saved.tar');
  expect(build('FROM scratch\nCOPY app.txt /\n', '-t', 'saved').status).toBe(0);
  expect(plinth(['save', '-o', file, 'saved']).status).toBe(0);
  return readFileSync(file);
}

describe('an archive of images', () => {
  it.each<[name: string, files: Readonly<Record<string, string>>, wanted: RegExp]>([
    ['without images', { 'manifest.json': '[]' }, /names no image/],
    ['with no JSON', { 'manifest.json': '\x1b[31m{' }, /read manifest\.json: /],
    ['with a path out', { 'manifest.json': '[{"Config":"../../etc/passwd","Layers":[]}]' }, /leads out of it/],
    ['with an absolute path', { 'manifest.json': '[{"Config":"/etc/passwd","Layers":[]}]' }, /leads out of it/],
    ['with a digest that is a path', { 'oci-layout': LAYOUT, 'index.json': index('sha256:../x', 1) }, /read digest/],
    [
      'with a size below 0',
      { 'oci-layout': LAYOUT, 'index.json': index(`sha256:${'0'.repeat(64)}`, -1) },
      /size is -1/,
    ],
    ['of another version', { 'oci-layout': '{"imageLayoutVersion":"9.0.0"}' }, /imageLayoutVersion is 9\.0\.0/],
  ])('%s', (_, files, wanted) => {
    const parts = Object.entries(files).flatMap(([name, text]) => {
      const data = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512);
      data.write(text);
      return [header({ name, sizeBytes: Buffer.byteLength(text) }), data];
    });
    expectRefusal(plinth(['load'], { input: tar(...parts) }), wanted);
  });
});

const LAYOUT = '{"imageLayoutVersion":"1.0.0"}';

function index(digest: string, size: number): string {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  return JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType, digest, size }] });
}

describe('a store that is damaged', () => {
  const withStore = (damage: (root: string) => void, args: readonly string[]): PlinthResult => {
    const root = join(scratch, 'damaged');
    rmSync(root, { recursive: true, force: true });
    const input = 'FROM scratch\nCOPY app.txt /\n';
    expect(plinth(['--root', root, 'build', '-t', 'x', '-f', '-', context], { input }).status).toBe(0);
    damage(root);
    return plinth(['--root', root, ...args], { input });
  };
  const rebuild = ['build', '-t', 'y', '-f', '-'];
  const layerOf = (root: string): string => {
    const blobs = join(root, 'oci/blobs/sha256');
    return readdirSync(blobs)
      .map((name) => join(blobs, name))
      .reduce((one, other) => (statSync(one).size > statSync(other).size ? one : other));
  };
  const flip = (file: string): void => {
    const bytes = readFileSync(file);
    bytes[600] = (bytes[600] ?? 0) ^ 1;
    chmodSync(file, 0o644);
    writeFileSync(file, bytes);
  };

  it.each<[name: string, damage: (root: string) => void, args: readonly string[], wanted: RegExp]>([
    ['is newer', (root) => writeFileSync(join(root, 'version'), '2\n'), ['images'], /its version is 2, want 1/],
    ['has no index', (root) => writeFileSync(join(root, 'oci/index.json'), '{'), ['images'], /index\.json: it is not/],
    ['lost bytes', (root) => truncateSync(layerOf(root), 700), ['disk', 'x', 'd.ext4'], /read layer sha256:.*damaged/],
    ['has other bytes', (root) => flip(layerOf(root)), ['save', '-o', 's.tar', 'x'], /its bytes have the digest/],
    ['lost a layer', (root) => rmSync(layerOf(root)), ['save', '-o', 's.tar', 'x'], /it is not in the store/],
  ])('%s', (_, damage, args, wanted) => {
    expectRefusal(withStore(damage, args), wanted);
    expect(readdirSync(scratch)).not.toContain('s.tar');
    expect(readdirSync(scratch)).not.toContain('d.ext4');
  });

  it('makes a layer that was cut again', () => {
    const first = withStore((root) => truncateSync(layerOf(root), 700), [...rebuild, context]);
    expect(first.status).toBe(0);
    expect(plinth(['--root', join(scratch, 'damaged'), 'disk', 'y', 'healed.ext4']).status).toBe(0);
  });

  it('is found to be so by verify, whose remedy mends it', () => {
    const root = join(scratch, 'damaged');
    const found = withStore((store) => flip(layerOf(store)), ['verify']);
    expect(found).toMatchObject({ status: 1, stderr: '' });
    expect(found.stdout).toMatch(
      /^blob sha256:[0-9a-f]{64}: its bytes have the digest sha256:[0-9a-f]{64}\n {2}Remove/,
    );
    for (const args of [
      ['rmi', 'x'],
      ['prune', '--all'],
      ['build', '-t', 'x', '-f', '-', context],
    ]) {
      const result = plinth(['--root', root, ...args], { input: 'FROM scratch\nCOPY app.txt /\n' });
      expect(result, result.stderr).toMatchObject({ status: 0 });
    }
    expect(plinth(['--root', root, 'verify'])).toMatchObject({ status: 0, stdout: '' });
  });

  it('that is a file is no store', () => {
    writeFileSync(join(scratch, 'file'), '');
    expectRefusal(plinth(['--root', join(scratch, 'file'), 'images']), /open store .*file: it is no directory/);
  });
});

it('an image is meant by its name beside a directory of that name, which is meant by ./', () => {
  const root = join(scratch, 'names');
  const input = 'FROM scratch\nCOPY app.txt /\n';
  expect(plinth(['--root', root, 'build', '-t', 'context', '-f', '-', context], { input }).status).toBe(0);
  const listed = (source: string) => {
    const disk = plinth(['--root', root, 'disk', source, 'named.ext4']);
    const report = JSON.parse(plinth(['--root', root, 'du', '--json', source]).stdout) as { kind: string };
    return [/of the (\w+) /.exec(disk.stderr)?.[1], report.kind];
  };
  expect(listed('context')).toEqual(['image', 'image']);
  expect(listed('./context')).toEqual(['directory', 'directory']);
  expect(listed('context/sub')).toEqual(['directory', 'directory']);
  rmSync(join(scratch, 'named.ext4'));
});

describe('an output that cannot be written', () => {
  it.each<[args: string[], wanted: RegExp, status?: number]>([
    [['save', '-o', 'context', 'saved'], /write .*context: .*directory/],
    [['save', '-o', 'no/such/file', 'saved'], /write .*no\/such\/file: no such file or directory/],
    [['save', '-o', 'x.tar', 'saveed'], /find image saveed[\s\S]*Did you mean saved:latest\?/],
    [['disk', 'saved', '-'], /cannot go to standard output/, 2],
    [['disk', 'saved', 'x.ext4', '--size', '20T'], /less than 16 TiB/],
    [['disk', 'saved', 'x.ext4', '--size', 'much'], /"much" is not a size/, 2],
    [['tag', 'saved', 'a:b:c'], /does not follow the grammar/],
  ])('%j', (args, wanted, status) => {
    savedImage();
    expectRefusal(plinth(args), wanted, status);
    expect(readdirSync(scratch).filter((name) => /^\.?x\.|^-$/.test(name))).toEqual([]);
  });

  it('leaves /dev/null what it is', () => {
    savedImage();
    expect(plinth(['save', '-o', '/dev/null', 'saved']).status).toBe(0);
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});
