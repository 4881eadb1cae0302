import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  type Container,
  type ContainerExit,
  defaultSpec,
  hostMachine,
  type ProcessSpec,
  type RuntimeSpec,
  type StartOptions,
  startContainer,
} from '../../src/runtime/index.ts';

/** A directory for one test file, with a root file system of a static BusyBox (Debian package busybox-static). */
export interface TestRoot extends Disposable {
  readonly directory: string;
  readonly root: string;
  /** Where start programs go. */
  readonly run: string;
}

const APPLETS = `sh cat chmod cp dmesg echo env grep head hostname id ifconfig kill ln ls mkdir mknod mount ping ps pwd
  readlink rm sed sleep sort stat stty touch true false tr tty umask unshare wc`.split(/\s+/);

/** Makes a {@link TestRoot} under the temporary directory. */
export function createTestRoot(): TestRoot {
  const directory = mkdtempSync(join(tmpdir(), 'plinth-runtime-'));
  const root = join(directory, 'root');
  const run = join(directory, 'run');
  for (const path of [run, ...['bin', 'dev', 'etc', 'proc', 'sys', 'tmp', 'root'].map((name) => join(root, name))]) {
    mkdirSync(path, { recursive: true });
  }
  copyFileSync('/usr/bin/busybox', join(root, 'bin/busybox'));
  for (const applet of APPLETS) symlinkSync('busybox', join(root, 'bin', applet));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\n');
  return { directory, root, run, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}

/** A specification with Docker's defaults that runs `args`. */
export function testSpec(root: string, args: readonly string[], process: Partial<ProcessSpec> = {}): RuntimeSpec {
  return defaultSpec({
    machine: hostMachine(),
    rootPath: root,
    hostname: 'box',
    network: 'none',
    process: { args, cwd: '/', env: ['PATH=/bin'], user: { uid: 0, gid: 0 }, noNewPrivileges: true, ...process },
  });
}

/** How a container ended and what it wrote. */
export interface RunResult extends ContainerExit {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a container to its end. */
export async function runToEnd(options: Omit<StartOptions, 'stdio'>, input = ''): Promise<RunResult> {
  const container = await startContainer({ ...options, stdio: 'pipe' });
  container.stdin?.end(input);
  const [exit, stdout, stderr] = await Promise.all([
    container.exited,
    output(container, 'stdout'),
    output(container, 'stderr'),
  ]);
  return { ...exit, stdout, stderr };
}

async function output(container: Container, name: 'stdout' | 'stderr'): Promise<string> {
  const stream = container[name];
  return stream === undefined ? '' : await text(stream);
}
