import { describe, expect, it } from 'vitest';
import { type ElfObjectOptions, elfObject } from '../../../test/support/elf-object.ts';
import { type RootEntry, rootTree } from '../../../test/support/root-tree.ts';
import type { ByteString } from '../../bytes/index.ts';
import { MachineTable } from '../../elf/index.ts';
import { encodeLoaderCache } from '../../loader/index.ts';
import { type FileNode, memoryContent, readContent, type Tree, TreeEditor, type TreePath } from '../../tree/index.ts';
import { packDockerfile } from './dockerfile.ts';
import type { PackPlan, PackRequest } from './pack-request.ts';
import { planPack } from './plan-pack.ts';

const LOADER = '/lib64/ld-linux-x86-64.so.2';
/** What a loader of Debian holds. */
const BUILT_IN = Buffer.from(
  '/lib/x86_64-linux-gnu/\0/usr/lib/x86_64-linux-gnu/\0/lib/\0/usr/lib/\0x\0/etc/ld.so.cache\0',
);
const LIBRARIES = 'usr/lib/x86_64-linux-gnu';

const library = (soname: string, options: ElfObjectOptions = {}): Buffer => elfObject({ soname, ...options });
const program = (options: ElfObjectOptions = {}): Buffer =>
  elfObject({ interpreter: LOADER, needed: ['libc.so.6'], ...options });

/** A Debian with merged directories, and `entries`. */
function debian(entries: Readonly<Record<string, RootEntry>>): Tree {
  return rootTree({
    bin: { link: 'usr/bin' },
    lib: { link: 'usr/lib' },
    lib64: { link: 'usr/lib64' },
    'usr/lib64/ld-linux-x86-64.so.2': { link: '../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2' },
    [`${LIBRARIES}/ld-linux-x86-64.so.2`]: elfObject({ soname: 'ld-linux-x86-64.so.2', tail: BUILT_IN }),
    [`${LIBRARIES}/libc.so.6`]: library('libc.so.6', { versionsDefined: ['GLIBC_2.34'] }),
    'etc/passwd':
      'root:x:0:0::/:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n',
    'etc/group': 'root:x:0:\nwww-data:x:33:alice\n',
    'usr/share/doc/app/README': 'text',
    ...entries,
  });
}

function plan(tree: Tree, programs: readonly string[], request: Partial<PackRequest> = {}): PackPlan {
  return planPack(tree, { programs: programs as ByteString[], machines: new MachineTable(), ...request });
}

/** Every node but plain directories, as one line each. */
function listing({ tree }: PackPlan): string[] {
  return [...tree.walk()].flatMap(({ path, node }) => {
    if (node.kind === 'symlink') return [`${path} -> ${node.target}`];
    if (node.kind === 'directory')
      return node.children.size === 0 || node.mode !== 0o755 ? [`${path}/ ${node.mode.toString(8)}`] : [];
    return [path as string];
  });
}

const paths = (made: PackPlan): string[] => listing(made).map((line) => line.split(' ')[0] ?? '');
const textAt = ({ tree }: PackPlan, path: string): string =>
  readContent((tree.lookup(path as TreePath) as FileNode).content).toString();
const instructions = (made: PackPlan): string[] => made.instructions.map(({ text }) => text);
const SYSTEM = ['etc/group', 'etc/nsswitch.conf', 'etc/passwd', 'root/', 'tmp/'];

describe('planPack', () => {
  it('takes a program, its loader, its libraries and every link on the way, and nothing else', async () => {
    const made = plan(
      debian({
        'usr/bin/app': { link: '../../opt/app/bin/app-2' },
        'opt/app/bin/app-2': program({ needed: ['libapp.so.2', 'libc.so.6'], runpath: '$ORIGIN/../lib' }),
        'opt/app/lib/libapp.so.2': { link: 'libapp.so.2.1' },
        'opt/app/lib/libapp.so.2.1': library('libapp.so.2'),
        'opt/app/lib/libother.so': library('libother.so'),
      }),
      ['/bin/app'],
    );
    await expect(`${listing(made).join('\n')}\n`).toMatchFileSnapshot('golden/program.tree.txt');
    await expect(packDockerfile(made, ['USER nobody'])).toMatchFileSnapshot('golden/program.Dockerfile');
    expect(made.platform).toEqual({ os: 'linux', architecture: 'amd64' });
  });

  it('takes the modules of an interpreter with the libraries of those, without tests and caches of others', () => {
    const made = plan(
      debian({
        'usr/bin/python3': { link: 'python3.11' },
        'usr/bin/python3.11': program({ symbols: ['setlocale'] }),
        'usr/lib/python3.11/os.py': 'import abc',
        'usr/lib/python3.11/site.py': { link: '/etc/python3.11/site.py' },
        'etc/python3.11/site.py': '',
        'usr/lib/python3.11/test/test_os.py': '',
        'usr/lib/python3.11/lib-dynload/_ssl.so': elfObject({ needed: ['libssl.so.3'] }),
        [`${LIBRARIES}/libssl.so.3`]: library('libssl.so.3', { needed: ['libcrypto.so.3'] }),
        [`${LIBRARIES}/libcrypto.so.3`]: library('libcrypto.so.3'),
        [`${LIBRARIES}/ossl-modules/legacy.so`]: elfObject({ needed: ['libcrypto.so.3'] }),
        'usr/lib/python3/dist-packages/other.py': '',
        'usr/lib/locale/C.utf8/LC_CTYPE': 'letters',
      }),
      ['python3'],
    );
    expect(made.parts.map(({ name }) => name).sort()).toEqual([
      '/usr/bin/python3',
      'libraries',
      'loader',
      'locale',
      'openssl files',
      'python modules',
      'system',
    ]);
    expect(paths(made)).toContain('etc/python3.11/site.py');
    expect(paths(made)).toContain(`${LIBRARIES}/ossl-modules/legacy.so`);
    expect(paths(made).filter((path) => /test|dist-packages|share/.test(path))).toEqual([]);
    expect(instructions(made)).toContain('ENV LANG=C.UTF-8');
    expect(made.notes).toEqual(['TLS servers are trusted only with their authorities: add --certificates.']);
  });

  it('takes the newest program in place of a script that only chooses one', () => {
    const made = plan(
      debian({
        'usr/bin/psql': { link: '../share/postgresql-common/pg_wrapper' },
        'usr/share/postgresql-common/pg_wrapper': '#!/usr/bin/perl\n',
        'usr/bin/perl': program(),
        'usr/lib/postgresql/9.6/bin/psql': program(),
        'usr/lib/postgresql/15/bin/psql': program(),
      }),
      ['psql'],
    );
    expect(listing(made)).toContain('usr/bin/psql -> /usr/lib/postgresql/15/bin/psql');
    expect(instructions(made)).toContain('ENTRYPOINT ["/usr/bin/psql"]');
    expect(paths(made).filter((path) => /perl|9\.6/.test(path))).toEqual([]);
  });

  it('makes directories, links, users and instructions of a daemon', () => {
    const made = plan(debian({ 'usr/sbin/nginx': program(), 'etc/nginx/nginx.conf': 'events {}' }), ['nginx']);
    expect(listing(made)).toContain('var/log/nginx/access.log -> /dev/stdout');
    expect(listing(made)).toContain('var/lib/nginx/ 755');
    expect(textAt(made, 'etc/passwd')).toContain('\nwww-data:x:33:33:');
    expect(textAt(made, 'etc/passwd')).not.toContain('alice');
    expect(textAt(made, 'etc/group')).toContain('www-data:x:33:\n');
    expect(instructions(made).slice(-2)).toEqual(['STOPSIGNAL SIGQUIT', 'CMD ["-g", "daemon off;"]']);
  });

  it('writes an ld.so.cache only for libraries that are found by no other way', () => {
    const cache = (path: string): RootEntry =>
      encodeLoaderCache([{ name: 'libown.so' as ByteString, path: path as ByteString, flags: 0x303 }], 'little');
    const app = { 'usr/bin/app': program({ needed: ['libown.so', 'libc.so.6'] }) };
    const usual = {
      [`${LIBRARIES}/libown.so`]: library('libown.so'),
      'etc/ld.so.cache': cache(`/${LIBRARIES}/libown.so`),
    };
    expect(paths(plan(debian({ ...app, ...usual }), ['app']))).not.toContain('etc/ld.so.cache');
    const own = { 'opt/libown.so': library('libown.so'), 'etc/ld.so.cache': cache('/opt/libown.so') };
    const made = plan(debian({ ...app, ...own }), ['app']);
    expect(paths(made)).toContain('etc/ld.so.cache');
    expect(textAt(made, 'etc/ld.so.conf')).toBe('/opt\n');
  });

  it("takes the search path of musl's loader, and no order of name lookup", () => {
    const tree = rootTree({
      'lib/ld-musl-x86_64.so.1': elfObject({ soname: 'libc.so', tail: Buffer.from('musl libc') }),
      'etc/ld-musl-x86_64.path': '/opt/lib\n',
      'opt/lib/libown.so': library('libown.so'),
      'bin/app': elfObject({ interpreter: '/lib/ld-musl-x86_64.so.1', needed: ['libown.so', 'libc.so'] }),
    });
    const expected = ['bin/app', 'etc/group', 'etc/ld-musl-x86_64.path', 'etc/passwd', 'lib/ld-musl-x86_64.so.1'];
    expect(paths(plan(tree, ['app']))).toEqual([...expected, 'opt/lib/libown.so', 'root/', 'tmp/']);
  });

  it('says once what modules lack, but not what their program has loaded before them', () => {
    const made = plan(
      debian({
        'usr/bin/python3': { link: 'python3.11' },
        'usr/bin/python3.11': program(),
        'usr/lib/python3.11/one.so': elfObject({ needed: ['libgone.so', 'libown.so'] }),
        'usr/lib/python3.11/two.so': elfObject({ needed: ['libgone.so'] }),
        'usr/lib/python3.11/own/libown.so': library('libown.so'),
      }),
      ['python3'],
    );
    expect(made.notes).toEqual(['libgone.so is missing: /usr/lib/python3.11/one.so and 1 more will not load.']);
  });

  it('follows links of what comes along, but not around in circles, nor to whole branches', () => {
    const made = plan(
      debian({
        'usr/bin/git': program(),
        'usr/bin/sh': program(),
        'usr/lib/git-core/git': { link: '../../bin/git' },
        'usr/lib/git-core/self': { link: '.' },
        'usr/lib/git-core/loop': { link: 'loop' },
        'usr/lib/git-core/above': { link: '../../..' },
        'usr/lib/git-core/branch': { link: '/home' },
        'usr/lib/git-core/tools': { link: '/opt/git/tools' },
        'opt/git/tools/deep/tool': 'text',
        'home/me/secret': 'text',
      }),
      ['git'],
    );
    expect(paths(made)).toContain('opt/git/tools/deep/tool');
    expect(paths(made)).toContain('usr/bin/sh');
    expect(paths(made).filter((path) => /secret|share/.test(path))).toEqual([]);
  });

  it('puts what is added where it is said, over what is there, with the libraries of it', () => {
    const made = plan(
      debian({
        'usr/bin/app': program(),
        'etc/passwd': 'root:x:0:0::/:/bin/sh\n',
        'home/me/passwd': 'own',
        'home/me/site/index.html': 'page',
        'home/me/plugin.so': elfObject({ needed: ['libplugin.so'] }),
        [`${LIBRARIES}/libplugin.so`]: library('libplugin.so'),
      }),
      ['app'],
      {
        cwd: '/home/me' as ByteString,
        add: [
          { path: 'passwd' as ByteString, to: '/etc/passwd' as ByteString },
          { path: 'site' as ByteString, to: '/srv' as ByteString },
          { path: '/home/me/plugin.so' as ByteString, to: '/lib/plugin.so' as ByteString },
        ],
      },
    );
    expect(textAt(made, 'etc/passwd')).toBe('own');
    expect(paths(made)).toContain('srv/index.html');
    expect(paths(made)).toContain(`${LIBRARIES}/libplugin.so`);
    // /lib is a link there.
    expect(paths(made)).toContain('usr/lib/plugin.so');
    expect(paths(made).filter((path) => path.startsWith('home'))).toEqual([]);
  });

  it('takes paths from the working directory, and leaves no dots in them', () => {
    const tree = debian({
      'home/me/here/note': 'text',
      'home/me/bin/app': program(),
      'home/me/way': { link: '/opt/deep/way' },
      'opt/deep/way/x': '',
      'opt/deep/app': program(),
    });
    const cwd = '/home/me/here' as ByteString;
    const add = [{ path: './note' as ByteString, to: '/a/../../srv/' as ByteString }];
    const made = plan(tree, ['../bin/app', '../way/../app'], { cwd, add });
    expect(made.programs.map(({ name, path }) => [name, path])).toEqual([
      ['../bin/app', '/home/me/bin/app'],
      // As the kernel goes: through the link, and up from where it leads.
      ['../way/../app', '/opt/deep/app'],
    ]);
    expect(paths(made)).toContain('srv/note');
  });

  it('packs a static program of a machine without a registered number', () => {
    const tree = rootTree({ 'bin/tool': elfObject({ type: 2, machine: 0x1234 }) });
    const made = plan(tree, ['/bin/tool'], { machines: new MachineTable(new Map([['own', 0x1234]])) });
    expect(made.platform).toEqual({ os: 'linux', architecture: 'own' });
    expect(paths(made)).toEqual(['bin/tool', ...SYSTEM.filter((path) => !path.includes('nsswitch'))]);
  });

  it('has the first of several programs as its command, and PATH with their directories', () => {
    const made = plan(debian({ 'opt/my app/one': program(), 'usr/bin/two': program() }), ['/opt/my app/one', 'two']);
    expect(instructions(made)).toEqual([
      'ENV PATH="/opt/my app:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"',
      'CMD ["/opt/my app/one"]',
    ]);
  });

  it('belongs to root, is open to everybody above, and has the time of the newest file', () => {
    const editor = new TreeEditor(debian({}));
    const facts = { mode: 0o700, uid: 1000, gid: 1000, xattrs: new Map() };
    editor.makeDirectory('home/me' as TreePath, { ...facts, mtimeNs: 9n });
    editor.put('home/me/app' as TreePath, { kind: 'file', ...facts, mtimeNs: 5n, content: memoryContent(program()) });
    const made = plan(editor.finish(), ['/home/me/app']);
    expect(made.tree.lookup('home/me' as TreePath)).toMatchObject({ mode: 0o755, uid: 0, gid: 0, mtimeNs: 5n });
    expect(made.tree.lookup('home/me/app' as TreePath)).toMatchObject({ mode: 0o700, uid: 0, gid: 0, mtimeNs: 5n });
    expect(made.tree.lookup('etc/passwd' as TreePath)).toMatchObject({ mtimeNs: 5n });
  });

  it.each([
    ['no such program', {}, ['app'], {}, 'pack-incomplete', 'pack app: '],
    [
      'a library that is missing',
      { 'usr/bin/app': program({ needed: ['libnone.so'] }) },
      ['app'],
      {},
      'pack-incomplete',
      'error while loading shared libraries: libnone.so: ',
    ],
    [
      'an addition that is not there',
      { 'usr/bin/app': program() },
      ['app'],
      { add: [{ path: '/none' as ByteString }] },
      'pack-path-invalid',
      'add /none: it is not there',
    ],
    [
      'everything',
      { 'usr/bin/app': program() },
      ['app'],
      { add: [{ path: '/usr/..' as ByteString }] },
      'pack-path-invalid',
      'add /usr/..: that is everything',
    ],
    [
      'no certificates',
      { 'usr/bin/app': program() },
      ['app'],
      { certificates: true },
      'pack-path-invalid',
      'pack certificates: none are there',
    ],
  ] as const)('refuses %s', (_, entries, programs, request, code, message) => {
    const tree = debian(entries as Readonly<Record<string, RootEntry>>);
    expect(() => plan(tree, programs, request)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it('has the links of a merged /usr, for whoever names what is packed by them', () => {
    const made = plan(debian({ sbin: { link: 'usr/sbin' }, 'usr/bin/sh': program() }), ['/usr/bin/sh']);
    expect(listing(made)).toContain('bin -> usr/bin');
    expect(paths(made)).not.toContain('sbin');
  });

  it('says of a script whose programs it cannot know', () => {
    const tree = debian({ 'usr/bin/tool': '#!/usr/bin/env sh\n', 'usr/bin/env': program(), 'usr/bin/sh': program() });
    const made = plan(tree, ['tool']);
    expect(made.notes).toEqual(['tool is a script of /usr/bin/sh: programs that it calls are not packed.']);
    expect(paths(made)).toContain('usr/bin/sh');
  });
});
