import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One question on what COPY or ADD does with paths. */
export interface CopyCase {
  readonly name: string;
  /** What follows `FROM scratch AS BASE`; the last stage, if there is one more, is called LAST. */
  readonly lines: readonly string[];
  /** What buildah 1.28 does otherwise than BuildKit, and what BuildKit made (Docker 20.10.24, unless a newer one is named). */
  readonly differs?: { readonly buildah: string; readonly expected: readonly string[] };
}

/** The context of all cases, in a new temporary directory. */
export function makeCopyContext(): string {
  const root = mkdtempSync(join(tmpdir(), 'plinth-copy-'));
  const directory = (path: string, mode = 0o755): void => {
    mkdirSync(join(root, path), { recursive: true });
    chmodSync(join(root, path), mode);
  };
  const file = (path: string, content = path, mode = 0o644): void => {
    writeFileSync(join(root, path), content);
    chmodSync(join(root, path), mode);
  };
  directory('dir', 0o770);
  directory('dir/sub', 0o700);
  directory('dir/empty');
  directory('other/sub');
  directory('passwd/etc');
  file('a.txt');
  file('b.txt', 'b', 0o600);
  file('run.sh', '#!/bin/sh', 0o755);
  file('setuid', '#!/bin/sh', 0o4755);
  file('c.md');
  file('file-1');
  file('file-2');
  file('name with space');
  file('arr[0].txt');
  file('star*name');
  file('back\\slash');
  file('.hidden');
  file('dir/one');
  file('dir/sub/two', 'two', 0o755);
  file('dir/.dot');
  file('other/one', 'other one');
  file('other/sub/three');
  file('passwd/etc/passwd', 'root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n');
  file('passwd/etc/group', 'root:x:0:\nstaff:x:50:app\n');
  linkSync(join(root, 'dir/one'), join(root, 'dir/sub/one-again'));
  symlinkSync('a.txt', join(root, 'link'));
  symlinkSync('dir', join(root, 'dirlink'));
  symlinkSync('../a.txt', join(root, 'dir/sub/up'));
  symlinkSync('/a.txt', join(root, 'absolute'));
  symlinkSync('nowhere', join(root, 'dangling'));
  directory('links');
  directory('links/real');
  symlinkSync('nowhere', join(root, 'links/dangling'));
  symlinkSync('real', join(root, 'links/to'));
  symlinkSync('../../../../../a.txt', join(root, 'climbing'));
  makeArchives(root);
  return root;
}

function makeArchives(root: string): void {
  const tar = (...args: string[]): void =>
    void execFileSync('tar', ['--sort=name', '--owner=7', '--group=8', ...args], { cwd: root });
  tar('-cf', 'plain.tar', '--transform=s,^dir,packed,', 'dir');
  tar('-czf', 'packed.tar.gz', '-C', 'dir', '.');
  tar('-cJf', 'named-otherwise.bin', 'a.txt', 'link');
  tar('-cjf', 'two.tar.bz2', 'other');
  tar('-cf', 'zst.tar', '--zstd', 'b.txt');
  tar('-cPf', 'absolute.tar', '--transform=s,^,/deep/,', 'a.txt');
  execFileSync('gzip', ['-k', 'c.md'], { cwd: root });
  writeFileSync(join(root, 'empty.tar'), Buffer.alloc(10240));
}

const PASSWD = 'COPY passwd/ /';

export const COPY_CASES: readonly CopyCase[] = [
  { name: 'file to a name', lines: ['COPY a.txt /x'] },
  { name: 'file to a directory that is to be made', lines: ['COPY a.txt /x/'] },
  { name: 'file below directories that are to be made', lines: ['COPY a.txt /x/y/z'] },
  { name: 'file into a directory that is there', lines: ['COPY dir /x', 'COPY a.txt /x'] },
  { name: 'file into the root', lines: ['COPY a.txt /'] },
  { name: 'modes of files, setuid too', lines: ['COPY b.txt run.sh /'] },
  { name: 'directory to a name: what is in it, at 0755', lines: ['COPY dir /x'] },
  { name: 'directory to a directory to be made', lines: ['COPY dir /x/'] },
  { name: 'directory with a slash', lines: ['COPY dir/ /x/y'] },
  { name: 'directory into the root', lines: ['COPY dir /'] },
  { name: 'directory merged into one that is there', lines: ['COPY dir /x', 'COPY other /x'] },
  { name: 'the whole context', lines: ['COPY other/ /', 'COPY passwd .'] },
  { name: 'dot and dot-slash', lines: ['COPY ./a.txt ./x/', 'COPY ./dir/. /y'] },
  { name: 'several files', lines: ['COPY a.txt b.txt /x/'] },
  { name: 'file and directory', lines: ['COPY a.txt dir /x/'] },
  { name: 'two directories', lines: ['COPY dir other /x/'] },
  { name: 'last source wins', lines: ['COPY a.txt /x/one', 'COPY dir other /x/'] },
  {
    name: 'wildcard',
    lines: ['COPY *.txt /x/'],
    differs: {
      buildah: 'takes the name arr[0].txt, which it found, for a pattern again, and fails',
      expected: [
        'directory 755 0:0 x',
        'file 644 0:0 x/a.txt = "a.txt"',
        'file 644 0:0 x/arr[0].txt = "arr[0].txt"',
        'file 600 0:0 x/b.txt = "b"',
      ],
    },
  },
  { name: 'question mark', lines: ['COPY file-? /x/'] },
  { name: 'class', lines: ['COPY file-[1] /x/'] },
  { name: 'negated class', lines: ['COPY file-[^1] /x/'] },
  { name: 'wildcard that matches a directory', lines: ['COPY di[r] /x/'] },
  { name: 'wildcard in a directory part', lines: ['COPY */one /x/'] },
  { name: 'wildcard with a directory below', lines: ['COPY d*/sub /x/'] },
  { name: 'wildcard does not match a slash', lines: ['COPY a.txt other* /x/'] },
  { name: 'wildcard matches hidden names', lines: ['COPY .h* /x/'] },
  {
    name: 'escaped bracket',
    lines: ['COPY arr[[]0].txt /x/'],
    differs: {
      buildah: 'takes the name arr[0].txt, which it found, for a pattern again, and fails',
      expected: ['directory 755 0:0 x', 'file 644 0:0 x/arr[0].txt = "arr[0].txt"'],
    },
  },
  {
    name: 'setuid stays',
    lines: ['COPY setuid /'],
    differs: { buildah: 'drops setuid and setgid', expected: ['file 4755 0:0 setuid = "#!/bin/sh"'] },
  },
  { name: 'wildcard without a match beside a file', lines: ['COPY a.txt nothing* /x/'] },
  { name: 'wildcard that matches links', lines: ['COPY lin? dirlin? /x/'] },
  { name: 'name with a space in the exec form', lines: ['COPY ["name with space", "/x y/"]'] },
  { name: 'link to a file', lines: ['COPY link /x'] },
  { name: 'link to a file into a directory', lines: ['COPY link /x/'] },
  { name: 'link to a directory', lines: ['COPY dirlink /x'] },
  { name: 'path through a link', lines: ['COPY dirlink/sub/two /x'] },
  { name: 'absolute link stays in the context', lines: ['COPY absolute /x'] },
  { name: 'climbing link stays in the context', lines: ['COPY climbing /x'] },
  { name: 'links within a directory stay links', lines: ['COPY dir/sub /x'] },
  { name: 'climbing source', lines: ['COPY ../../a.txt /x'] },
  {
    name: 'dots go back in what is written, not where a link leads',
    lines: ['COPY dirlink/../a.txt climbing/../b.txt /x/', 'COPY links /c', 'COPY a.txt /c/to/../y'],
  },
  { name: 'climbing destination', lines: ['COPY a.txt /../../x'] },
  { name: 'destination with dots', lines: ['COPY a.txt /x/./y/../z'] },
  { name: 'destination is a link to a directory', lines: ['COPY links /c', 'COPY a.txt /c/to', 'COPY other /c/to/'] },
  {
    name: 'destination is a link to a file',
    lines: ['COPY a.txt /c/', 'COPY dir/sub /c/s', 'COPY run.sh /c/s/up'],
    differs: {
      buildah: 'replaces the link instead of what it leads to',
      expected: [
        'directory 755 0:0 c',
        'file 755 0:0 c/a.txt = "#!/bin/sh"',
        'directory 755 0:0 c/s',
        'file 644 0:0 c/s/one-again = "dir/one"',
        'file 755 0:0 c/s/two = "two"',
        'symlink c/s/up -> ../a.txt',
      ],
    },
  },
  { name: 'destination leads through a link', lines: ['COPY links /c', 'COPY a.txt /c/to/new/deep/'] },
  {
    name: 'destination is a dangling link',
    lines: ['COPY links /l', 'COPY a.txt /l/dangling'],
    differs: {
      buildah: 'makes a directory where the link leads',
      expected: [
        'directory 755 0:0 l',
        'symlink l/dangling -> nowhere',
        'file 644 0:0 l/nowhere = "a.txt"',
        'directory 755 0:0 l/real',
        'symlink l/to -> real',
      ],
    },
  },
  { name: 'file replaces a link within a directory', lines: ['COPY link /x/one', 'COPY dir /x'] },
  { name: 'hard links within a directory', lines: ['COPY dir /x'] },
  { name: 'hard linked sources are files', lines: ['COPY dir/one dir/sub/one-again /x/'] },
  { name: 'chown by number', lines: ['COPY --chown=5:6 dir /x/y'] },
  { name: 'chown by one number', lines: ['COPY --chown=5 a.txt /x/'] },
  { name: 'chown by name', lines: [PASSWD, 'COPY --chown=app dir /x'] },
  { name: 'chown by names', lines: [PASSWD, 'COPY --chown=app:staff a.txt /x'] },
  {
    name: 'chown of a name and a number',
    lines: [PASSWD, 'COPY --chown=app:9 a.txt /x', 'COPY --chown=9:staff a.txt /y'],
  },
  { name: 'chmod', lines: ['COPY --chmod=640 a.txt run.sh /x/'] },
  { name: 'chmod of a directory', lines: ['COPY --chmod=0750 dir /x'] },
  {
    name: 'workdir and relative destinations',
    lines: ['WORKDIR /w', 'COPY a.txt .', 'COPY a.txt x', 'COPY dir y/', 'WORKDIR v', 'COPY b.txt ../z'],
  },
  { name: 'workdir for a user', lines: [PASSWD, 'USER app', 'WORKDIR /w/v', 'COPY a.txt .'] },
  {
    name: 'stages',
    lines: ['COPY --chown=5:6 dir /x', 'FROM scratch AS LAST', 'COPY --from=BASE /x /y', 'COPY --from=BASE /x/one /z/'],
  },
  {
    name: 'stage by name, links in it',
    lines: ['COPY . /c', 'FROM scratch AS LAST', 'COPY --from=BASE /c/link /x/', 'COPY --from=BASE /c/dir/sub /y/'],
  },
  { name: 'ADD of a plain tar', lines: ['ADD plain.tar /x/'] },
  {
    name: 'ADD of a tar.gz to a name',
    lines: ['ADD packed.tar.gz /x'],
    differs: {
      buildah: 'gives the destination the attributes of the root of the archive',
      expected: [
        'directory 755 0:0 x',
        'file 644 7:8 x/.dot = "dir/.dot"',
        'directory 755 7:8 x/empty',
        'file 644 7:8 x/one = "dir/one"',
        'directory 700 7:8 x/sub',
        'link x/sub/one-again -> x/one',
        'file 755 7:8 x/sub/two = "two"',
        'symlink x/sub/up -> ../a.txt',
      ],
    },
  },
  { name: 'ADD of a tar of another name', lines: ['ADD named-otherwise.bin /x/'] },
  { name: 'ADD of a tar.bz2 into the root', lines: ['ADD two.tar.bz2 /'] },
  { name: 'ADD of a zstd tar', lines: ['ADD zst.tar /x/'] },
  { name: 'ADD of a tar with absolute names', lines: ['ADD absolute.tar /x/'] },
  { name: 'ADD of a compressed file that is no tar', lines: ['ADD c.md.gz /x/'] },
  { name: 'ADD of a tar without entries', lines: ['ADD empty.tar /x/'] },
  { name: 'ADD of a tar and a file', lines: ['ADD plain.tar a.txt /x/'] },
  {
    name: 'ADD of a tar over what is there',
    lines: ['COPY dir /x/packed', 'COPY a.txt /x/packed/sub/two', 'ADD plain.tar /x'],
  },
  { name: 'ADD of a tar with chown', lines: ['ADD --chown=5:6 plain.tar /x/y/'] },
  { name: 'COPY of a tar copies it', lines: ['COPY zst.tar /x/'] },
];

export interface FailingCase {
  readonly name: string;
  readonly lines: readonly string[];
  readonly code: string;
}

export const FAILING_CASES: readonly FailingCase[] = [
  { name: 'missing source', lines: ['COPY missing /x'], code: 'source-missing' },
  { name: 'ignored source through a missing directory', lines: ['COPY missing/a /x'], code: 'source-missing' },
  { name: 'dangling source', lines: ['COPY dangling /x'], code: 'source-missing' },
  { name: 'directory over a file', lines: ['COPY a.txt /x', 'COPY dir /x'], code: 'copy-conflict' },
  { name: 'directory over a file within', lines: ['COPY a.txt /x/sub', 'COPY dir /x'], code: 'copy-conflict' },
  { name: 'file over a directory within', lines: ['COPY dir /x/one', 'COPY dir /x'], code: 'copy-conflict' },
  { name: 'below a file', lines: ['COPY a.txt /x', 'COPY a.txt /x/y'], code: 'copy-conflict' },
];
