import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes that look random and are the same every time. */
export function pseudoRandom(seed: string, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  for (let done = 0, block = 0; done < sizeBytes; done += 32, block++) {
    createHash('sha256').update(`${seed} ${block}`).digest().copy(bytes, done);
  }
  return bytes;
}

/** Text of about the size, which compresses about as well as source code does. */
export function pseudoText(seed: number, sizeBytes: number): string {
  const words = ['const', 'value', 'return', 'import', 'function', 'export', '=>', '{', '}', 'async', 'await', 'type'];
  let text = '';
  for (let state = seed + 1; text.length < sizeBytes; ) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    text += `${words[(state >>> 16) % words.length]} n${state % 9973}${state % 7 === 0 ? '\n' : ' '}`;
  }
  return text.slice(0, sizeBytes);
}

/** The context of a BusyBox system: skeleton, links for every applet, `FROM scratch`, `ADD`, `RUN`. */
export function busyboxContext(directory: string, busybox: string): void {
  for (const name of ['bin', 'sbin', 'usr/bin', 'usr/sbin', 'etc', 'tmp', 'var/log']) {
    mkdirSync(join(directory, name), { recursive: true });
  }
  copyFileSync(busybox, join(directory, 'bin/busybox'));
  for (const path of execFileSync(busybox, ['--list-full'], { encoding: 'utf8' }).trim().split('\n')) {
    const link = join(directory, path);
    if (path !== 'bin/busybox' && !existsSync(link)) symlinkSync('/bin/busybox', link);
  }
  writeFileSync(join(directory, 'etc/motd'), 'welcome\n');
  writeFileSync(join(directory, 'Dockerfile'), 'FROM scratch\nADD . /\nRUN rm /Dockerfile\nCMD ["/bin/sh"]\n');
}

/** A context with `files` files of 1 to 16 KiB in nested directories, `COPY`'d upon nothing. */
export function manyFilesContext(directory: string, files: number): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY app /app\n');
  for (let index = 0; index < files; index++) {
    const folder = join(directory, 'app', `p${index % 97}`, `m${index % 11}`);
    if (index < 97 * 11) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${index}.js`), pseudoText(index, 1024 + ((index * 7919) % 15_360)));
  }
}

/** A root file system of about `megabytes` MB in `files` files of mixed sizes, as a directory. */
export function rootFileSystem(directory: string, files: number, megabytes: number): void {
  const meanBytes = (megabytes * 1e6) / files;
  for (let index = 0; index < files; index++) {
    const folder = join(directory, 'usr', `d${index % 53}`, `e${index % 7}`);
    if (index < 53 * 7) mkdirSync(folder, { recursive: true });
    // One file in 50 is large, the rest share what is left: the mix of a distribution.
    const sizeBytes = Math.round(
      index % 50 === 0 ? meanBytes * 25 : meanBytes * 0.51 * (1 + ((index * 31) % 100) / 100),
    );
    const head = pseudoRandom(`${index}`, Math.min(sizeBytes, 4096));
    const path = join(folder, `f${index}`);
    writeFileSync(path, Buffer.concat([head, Buffer.from(pseudoText(index, Math.max(0, sizeBytes - head.length)))]));
    utimesSync(path, 1_700_000_000, 1_700_000_000);
  }
}

/** A context with such a root file system as a tar compressed by xz, `ADD`ed upon nothing. */
export function xzContext(directory: string, files: number, megabytes: number): void {
  const source = join(directory, 'source');
  rootFileSystem(source, files, megabytes);
  const pack = 'tar --sort=name --owner=0 --group=0 -C "$0/source" -c . | xz -1 > "$0/rootfs.tar.xz"';
  execFileSync('sh', ['-c', pack, directory]);
  rmSync(source, { recursive: true });
  writeFileSync(join(directory, 'Dockerfile'), 'FROM scratch\nADD rootfs.tar.xz /\n');
}

/** A context with BusyBox and a tar of `files` files, for a step that unpacks it. */
export function commitContext(directory: string, busybox: string, files: number, megabytes: number): void {
  const [source, root] = [join(directory, 'source'), join(directory, 'root')];
  rootFileSystem(source, files, megabytes);
  busyboxContext(root, busybox);
  rmSync(join(root, 'Dockerfile'));
  execFileSync('tar', ['-cf', join(root, 'data.tar'), '-C', source, '.']);
  rmSync(source, { recursive: true });
}
