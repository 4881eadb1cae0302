import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PlinthResult, plinth as startPlinth } from '../support/plinth.ts';

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'plinth-size-test-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function plinth(args: readonly string[], input = ''): PlinthResult {
  return startPlinth(args, { cwd: scratch, input, env: { FORCE_COLOR: '0', PLINTH_ROOT: join(scratch, 'store') } });
}

function put(file: string, content: string): void {
  const path = join(scratch, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** What GNU find says of the regular files below `directory`: their bytes, each inode once, and how many names there are. */
function find(directory: string): { readonly bytes: number; readonly names: number } {
  const text = execFileSync('find', [directory, '-mindepth', '1', '-printf', '%y %i %s\n'], { encoding: 'utf8' });
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  const sizes = new Map(rows.filter(([kind]) => kind === 'f').map(([, inode, size]) => [inode, Number(size)]));
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return { bytes, names: rows.filter(([kind]) => kind !== 'd').length };
}

describe('du', () => {
  beforeAll(() => {
    put('context/one/bin/tool', 'tool'.repeat(5000));
    put('context/one/share/text', 'text'.repeat(100));
    put('context/one/share/again', 'text'.repeat(100));
    linkSync(join(scratch, 'context/one/bin/tool'), join(scratch, 'context/one/bin/alias'));
    symlinkSync('tool', join(scratch, 'context/one/bin/link'));
    put('context/two/share/text', 'other');
    put('context/Dockerfile', 'FROM scratch\nCOPY one /\nCOPY two /\nCOPY --chmod=700 one/bin /bin\n');
    expect(plinth(['build', '-t', 'sized', 'context'])).toMatchObject({ status: 0 });
  });

  it('counts what find counts in the exported tree', () => {
    expect(plinth(['build', '-o', 'exported', 'context'])).toMatchObject({ status: 0 });
    const { bytes, names } = find(join(scratch, 'exported'));
    expect(JSON.parse(plinth(['du', '--json', 'sized']).stdout)).toMatchObject({ shownBytes: bytes, files: names });
    const ofDirectory = JSON.parse(plinth(['du', '--json', '--depth', '1', './exported']).stdout);
    expect(ofDirectory).toMatchObject({ shownBytes: bytes, files: names, wastedBytes: 0, efficiency: 1 });
    for (const { path, sizeBytes, files } of ofDirectory.directories.slice(1)) {
      expect({ bytes: sizeBytes, names: files }).toEqual(find(join(scratch, 'exported', path)));
    }
    execFileSync('tar', ['-C', join(scratch, 'exported'), '-czf', join(scratch, 'exported.tgz'), '.']);
    const ofTar = plinth(['du', './exported.tgz']).stdout;
    expect(ofTar.replace('tar ./exported.tgz', 'directory ./exported')).toBe(plinth(['du', './exported']).stdout);
  });

  it('shows the layers and what they hold in vain', () => {
    const { stdout, status } = plinth(['du', '--layers', '--files', 'sized']);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^image sized: 20\.4kB in 5 files, 40\.8kB stored in 3 layers\nefficiency 50\.0%: .* 20\.4kB\n/,
    );
    expect(stdout).toMatch(/2 +5B +0B +0 +1 +0 +COPY two \//);
    expect(stdout).toMatch(/20kB +1 +same again in 3 +\/bin\/alias/);
    expect(stdout).toMatch(/400B +1 +overwritten in 2 +\/share\/text/);
    expect(stdout).not.toContain('Directories');
  });

  it('fails when a limit does not hold, and says which', () => {
    expect(plinth(['du', '--max-size', '1M', '--max-wasted', '60%', '--min-efficiency', '0.4', 'sized']).status).toBe(
      0,
    );
    const limits = ['--max-size', '40000', '--max-wasted', '1k', '--min-efficiency', '95%'];
    const over = plinth(['du', ...limits, 'sized']);
    expect(over.status).toBe(1);
    expect(over.stderr).toBe(
      'over the limit: the layers hold 40.8kB (40805 bytes), --max-size allows 40kB (40000)\n' +
        'over the limit: 20.4kB (20400 bytes) are wasted, --max-wasted allows 1.02kB (1024)\n' +
        'over the limit: the efficiency is 50.0%, --min-efficiency wants 95.0%\n',
    );
    expect(JSON.parse(plinth(['du', '--json', ...limits, 'sized']).stdout).breaches).toHaveLength(3);
  });

  it('looks into archives of images', () => {
    const wanted = plinth(['du', '--json', 'sized']).stdout.replace('"image"', '"archive"');
    for (const format of ['docker', 'oci']) {
      expect(plinth(['save', '--format', format, '-o', 'saved.tar', 'sized']).status).toBe(0);
      expect(plinth(['du', '--json', './saved.tar']).stdout).toBe(wanted);
    }
    mkdirSync(join(scratch, 'layout'));
    execFileSync('tar', ['-xf', 'saved.tar', '-C', 'layout'], { cwd: scratch });
    expect(plinth(['du', '--json', 'layout']).stdout).toBe(wanted);
    put('web/manifest.json', '{"name": "no image"}');
    expect(plinth(['du', './web'])).toMatchObject({ status: 0, stdout: expect.stringContaining('in 1 file') });
    put('context/other/Dockerfile', 'FROM sized\nENV A=1\n');
    expect(plinth(['build', '-t', 'other', 'context/other']).status).toBe(0);
    expect(plinth(['save', '-o', 'two.tar', 'sized', 'other']).status).toBe(0);
    expect(plinth(['du', './two.tar'])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /error: open \.\/two\.tar: it holds 2 images, and one is wanted\nhint: .*: .*other/,
      ),
    });
  });

  it('does not count holes', () => {
    put('sparse/file', '');
    truncateSync(join(scratch, 'sparse/file'), 2 ** 40);
    expect(JSON.parse(plinth(['du', '--json', './sparse']).stdout)).toMatchObject({ storedBytes: 0, files: 1 });
  });

  it.each([
    [['sizedd'], 1, /error: find image sizedd: .*\nhint: Did you mean sized/],
    [['./missing'], 1, /error: open \.\/missing: no such file or directory\n/],
    [['--max-wasted', 'much', 'sized'], 2, /error: read --max-wasted: "much" is not a size/],
    [['--files', '--depth', '3', 'sized'], 2, /--depth is for directories/],
    [['--package', 'sized'], 2, /--packages/],
    [[], 2, /exactly 1 argument/],
  ])('%j is refused', (args, status, message) => {
    expect(plinth(['du', ...args])).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(message) });
  });
});

describe('slim', () => {
  beforeAll(() => {
    put('app/bin/tool', 'tool');
    put('app/usr/share/doc/tool/README', 'read me'.repeat(1000));
    put('app/usr/share/doc/tool/copyright', 'mine');
    put('app/usr/share/man/man1/tool.1', 'manual'.repeat(1000));
    put('app/usr/share/locale/de/LC_MESSAGES/tool.mo', 'Werkzeug'.repeat(500));
    put('app/tmp/start', 'start');
    put('app/usr/share/doc-only/x', 'x');
    put('docs/usr/share/doc/other/README', 'read me, too');
    put('app/Dockerfile', 'FROM scratch\nCOPY . /\nCOPY --chmod=755 bin /bin\nCMD ["/bin/tool", "/tmp/start"]\n');
    put('docs/Dockerfile', 'FROM app\nCOPY usr/share/doc/other /usr/share/doc/other\nENV LANG=de_DE.UTF-8\n');
    expect(plinth(['build', '-t', 'app', 'app'])).toMatchObject({ status: 0 });
    expect(plinth(['build', '-t', 'docs', 'docs'])).toMatchObject({ status: 0 });
  });

  it('changes nothing until it is asked to', () => {
    const before = plinth(['images', '-q', '--no-trunc']).stdout;
    const { stdout, status } = plinth(['slim', 'docs']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Can go\n/);
    expect(stdout).toMatch(/documentation +7\.01kB +2 /);
    expect(stdout).toMatch(/licences +4B +1 +kept unless asked for\n/);
    expect(stdout).toMatch(/temporary +1 +the image's start or a link/);
    expect(stdout).not.toContain('locales');
    expect(stdout).toMatch(/ can go\nnext: plinth slim -t NAME docs\n$/);
    expect(plinth(['images', '-q', '--no-trunc']).stdout).toBe(before);
  });

  it('makes an image that lacks just what it said, and the same one again', () => {
    const { paths, made } = JSON.parse(plinth(['slim', '--json', '-t', 'slim', 'docs']).stdout);
    expect(JSON.parse(plinth(['slim', '--json', '-t', 'again', 'docs']).stdout).made.imageId).toBe(made.imageId);
    const list = (image: string) => {
      put('export/Dockerfile', `FROM ${image}\n`);
      expect(plinth(['build', '-o', `type=tar,dest=${image}.tar`, 'export'])).toMatchObject({ status: 0 });
      const lines = execFileSync('tar', ['-tvf', `${image}.tar`, '--full-time'], { cwd: scratch, encoding: 'utf8' });
      return lines.trim().split('\n');
    };
    const gone = [...paths.map((path: string) => `.${path}`), './usr/share/doc/other/'].map((path: string) =>
      path.slice(2),
    );
    expect(list('slim')).toEqual(list('docs').filter((line) => !gone.includes(line.split(' ').at(-1) ?? '')));
    const [{ Config, RootFS }] = JSON.parse(plinth(['inspect', 'slim']).stdout);
    expect(Config).toEqual(JSON.parse(plinth(['inspect', 'docs']).stdout)[0].Config);
    expect(RootFS.Layers).toHaveLength(2);
    expect(plinth(['du', '--max-wasted', '0', 'slim'])).toMatchObject({ status: 0 });
  });

  it('keeps the history honest', () => {
    const { stdout } = plinth(['history', '--format', 'json', 'slim']);
    const [last, ...steps] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(last).toMatchObject({ CreatedBy: 'plinth slim', Size: 0 });
    expect(last.Comment).toMatch(/^left out documentation, manuals, and what later layers overwrite or remove$/);
    const before = plinth(['history', '--format', 'json', 'docs']).stdout.trim().split('\n');
    expect(steps.map(({ CreatedBy }) => CreatedBy)).toEqual(before.map((line) => JSON.parse(line).CreatedBy));
    expect(steps.find(({ CreatedBy }) => CreatedBy.startsWith('COPY usr/'))).toMatchObject({ Size: 0 });
  });

  it('shows the difference, and keeps layers that lose nothing', () => {
    const { stdout } = plinth(['slim', '--drop', 'locales', '--files', '-t', 'plain', 'app']);
    expect(stdout).toMatch(/^Left out\nCLASS .*\nlocales +4kB +1 /);
    expect(stdout).toMatch(/\n\/usr\/share\/locale\/de\/LC_MESSAGES\/tool\.mo\n/);
    expect(stdout).toMatch(/manuals +6kB +1 +not asked for/);
    expect(stdout).toMatch(/\nmade plain \([0-9a-f]{12}\): [\d.]+kB → [\d.]+kB, [\d.]+% less, 1 file left out\n$/);
    const layers = (image: string) => JSON.parse(plinth(['inspect', image]).stdout)[0].RootFS.Layers;
    expect(layers('plain')[1]).toBe(layers('app')[1]);
    expect(layers('plain')[0]).not.toBe(layers('app')[0]);
  });

  it('gives an image that has nothing to leave out one more name', () => {
    const { stdout, status } = plinth(['slim', '-t', 'same', 'slim']);
    expect([status, stdout.split('\n').at(-2)]).toEqual([0, expect.stringContaining('nothing to leave out')]);
    const id = (name: string) => JSON.parse(plinth(['inspect', name]).stdout)[0].Id;
    expect(id('same')).toBe(id('slim'));
  });

  it('is read by skopeo', () => {
    expect(plinth(['save', '-o', 'slim-docker.tar', 'slim']).status).toBe(0);
    expect(plinth(['save', '--format', 'oci', '-o', 'slim-oci.tar', 'slim']).status).toBe(0);
    for (const source of ['docker-archive:slim-docker.tar', 'oci-archive:slim-oci.tar']) {
      const copy = ['copy', '--quiet', source, `dir:${join(scratch, source.replace(':', '-'))}`];
      execFileSync('skopeo', ['--insecure-policy', ...copy], { cwd: scratch });
      const { Layers } = JSON.parse(execFileSync('skopeo', ['inspect', source], { cwd: scratch, encoding: 'utf8' }));
      expect(Layers).toHaveLength(2);
    }
  });

  it.each([
    [['--drop', 'local', 'app'], 1, /error: read class: there is no class "local"\n/],
    [['--keep', 'manual', 'app'], 1, /hint: Did you mean manuals\?/],
    [['-t', 'Not A Name', 'app'], 1, /Not A Name/],
    [['ap'], 1, /hint: Did you mean app/],
    [['--tags', 'x', 'app'], 2, /--tag/],
  ])('%j is refused', (args, status, message) => {
    const before = plinth(['images', '-q', '--no-trunc']).stdout;
    expect(plinth(['slim', ...args])).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(message) });
    expect(plinth(['images', '-q', '--no-trunc']).stdout).toBe(before);
  });
});
