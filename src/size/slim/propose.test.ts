import { describe, expect, it } from 'vitest';
import { type Tree, TreeEditor } from '../../tree/index.ts';
import { pathOf, treeOf } from '../testing/tree-of.ts';
import { proposeSlim, type SlimOptions } from './propose.ts';
import { parseSlimClass } from './slim-class.ts';
import { slimTree } from './slim-tree.ts';

const names = (tree: Tree) => [...tree.walk()].map(({ path }) => path);
const going = (tree: Tree, options?: SlimOptions) => proposeSlim(tree, options).paths;

describe('proposeSlim', () => {
  const tree = treeOf({
    'usr/bin/tool': 100,
    'usr/include/a.h': 10,
    'usr/share/doc/a/README': 20,
    'usr/share/doc/a/copyright': 30,
    'usr/share/man/man1/a.1': 40,
  });

  it('says what each class has, and keeps the licences', () => {
    const { classes, sizeBytes } = proposeSlim(tree);
    expect(classes.map(({ name, sizeBytes: size, files, isDropped }) => [name, size, files, isDropped])).toEqual([
      ['manuals', 40, 1, true],
      ['licences', 30, 1, false],
      ['documentation', 20, 1, true],
      ['development', 10, 1, true],
    ]);
    expect(sizeBytes).toBe(70);
    expect(classes[1]?.keptBecause).toBe('kept unless asked for');
  });

  it('leaves out what is asked for, and keeps what is', () => {
    expect(going(tree, { drop: ['licences'] })).toEqual(['usr/share/doc/a/copyright']);
    expect(going(tree, { keep: ['documentation', 'manuals'] })).toEqual(['usr/include/a.h']);
    expect(going(tree, { drop: ['manuals', 'development'], keep: ['manuals'] })).toEqual(['usr/include/a.h']);
  });

  it('keeps headers for a compiler, unless they are asked for', () => {
    const compiler = treeOf({ 'usr/local/bin/x86_64-linux-gnu-gcc-12': 1 }, tree);
    const development = proposeSlim(compiler).classes.find(({ name }) => name === 'development');
    expect(development).toMatchObject({
      isDropped: false,
      keptBecause: 'kept for /usr/local/bin/x86_64-linux-gnu-gcc-12',
    });
    expect(going(compiler, { drop: ['development'] })).toEqual(['usr/include/a.h']);
    expect(going(compiler, { config: { Env: ['PATH=/bin:/usr/bin'] } })).toContain('usr/include/a.h');
  });

  it('keeps what entry point, command, health check, volumes and working directory name', () => {
    const busy = treeOf({ 'tmp/run.sh': 1, 'tmp/cache/x': 1, 'var/tmp/a': 1, 'usr/share/doc/site/index.html': 1 });
    const left = (config: SlimOptions['config']) => going(busy, { config });
    expect(left({})).toHaveLength(4);
    expect(left({ Entrypoint: ['/tmp/run.sh'] })).not.toContain('tmp/run.sh');
    expect(left({ Entrypoint: ['run.sh'], Env: ['PATH=/tmp'] })).not.toContain('tmp/run.sh');
    expect(left({ Cmd: ['./run.sh'], WorkingDir: '/tmp' })).toEqual(['usr/share/doc/site/index.html', 'var/tmp/a']);
    expect(left({ Cmd: ['sh', '-c', 'cd "/tmp/cache" && exec sh /tmp/run.sh'] })).toEqual([
      'usr/share/doc/site/index.html',
      'var/tmp/a',
    ]);
    expect(left({ Cmd: ['serve', '--root=/usr/share/doc/site'] })).not.toContain('usr/share/doc/site/index.html');
    expect(left({ Volumes: { '/var/tmp': {} }, Healthcheck: { Test: ['CMD', '/tmp/run.sh'] } })).toEqual([
      'tmp/cache/x',
      'usr/share/doc/site/index.html',
    ]);
    expect(left({ Cmd: ['find', '/usr', '/'] })).toHaveLength(4);
    expect(proposeSlim(busy, { config: { Cmd: ['/tmp/run.sh'] } }).classes[0]).toMatchObject({
      name: 'temporary',
      neededFiles: 1,
    });
  });

  it('keeps what a link that stays leads to, and drops links with what they lead to', () => {
    const linked = treeOf({
      'usr/share/doc/a/default.conf': 5,
      'etc/a.conf': { link: '../usr/share/doc/a/default.conf' },
      'usr/share/doc/b/README': 5,
      'usr/share/doc/b/README.old': { link: 'README' },
      'usr/share/doc/b/dangling': { link: 'nowhere' },
      'usr/share/man/man1/mawk.1.gz': 5,
      'usr/share/man/man1/awk.1.gz': { link: '/etc/alternatives/awk.1.gz' },
      'etc/alternatives/awk.1.gz': { link: '/usr/share/man/man1/mawk.1.gz' },
      'usr/share/doc/c/copyright': { link: '../b/text' },
      'usr/share/doc/b/text': 5,
    });
    expect(going(linked)).toEqual([
      'etc/alternatives/awk.1.gz',
      'usr/share/doc/b/README',
      'usr/share/doc/b/README.old',
      'usr/share/man/man1/awk.1.gz',
      'usr/share/man/man1/mawk.1.gz',
    ]);
  });

  it('keeps what is there to be written to', () => {
    const service = treeOf({ 'var/log/nginx/access.log': '', 'var/log/dpkg.log': 'text', 'tmp/.keep': '', 'tmp/x': 1 });
    expect(going(service)).toEqual(['tmp/x', 'var/log/dpkg.log']);
    const editor = new TreeEditor(service);
    const log = service.lookup(pathOf('var/log/dpkg.log'));
    if (log !== undefined) editor.put(pathOf('var/log/dpkg.log'), { ...log, uid: 33 });
    expect(going(editor.finish())).toEqual(['tmp/x']);
  });

  it('wins the bytes of a file with its last name only', () => {
    const shared = treeOf({
      'app/data': 50,
      'tmp/data': { same: 'app/data' },
      'tmp/x': 7,
      'var/tmp/x': { same: 'tmp/x' },
    });
    expect(proposeSlim(shared)).toMatchObject({ sizeBytes: 7, paths: ['tmp/data', 'tmp/x', 'var/tmp/x'] });
  });
});

describe('slimTree', () => {
  it('drops the directories that have nothing left, but not those that are written to', () => {
    const tree = treeOf({
      'usr/share/doc/a/b/README': 1,
      'usr/share/doc/c/copyright': 1,
      'usr/share/doc/linked/x': 1,
      'usr/share/doc/empty/': '',
      'opt/link': { link: '/usr/share/doc/linked' },
      'usr/share/man/man1/a.1': 1,
      'var/cache/apt/archives/a.deb': 1,
      'app/__pycache__/a.pyc': 1,
      'app/a.py': 1,
    });
    expect(names(slimTree(tree, going(tree)))).toEqual([
      ...['app', 'app/a.py', 'opt', 'opt/link', 'usr', 'usr/share', 'usr/share/doc', 'usr/share/doc/c'],
      ...['usr/share/doc/c/copyright', 'usr/share/doc/empty', 'usr/share/doc/linked', 'usr/share/man'],
      ...['usr/share/man/man1', 'var', 'var/cache', 'var/cache/apt', 'var/cache/apt/archives'],
    ]);
  });
});

describe('parseSlimClass', () => {
  it('knows the nearest', () => {
    expect(parseSlimClass('locales')).toBe('locales');
    expect(() => parseSlimClass('locale')).toThrow(expect.objectContaining({ hint: 'Did you mean locales?' }));
    expect(() => parseSlimClass('everything')).toThrow(
      expect.objectContaining({ code: 'slim-class-unknown', hint: expect.stringContaining('caches, debug') }),
    );
  });
});
