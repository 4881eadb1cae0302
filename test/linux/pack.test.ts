import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  freePort,
  makeCertificate,
  readUntil,
  serveFiles,
  servePostgres,
  type TestServer,
} from '../support/pack-servers.ts';
import { makeUser, plinthOk, startPlinth } from '../support/plinth.ts';

const NODE = resolve(import.meta.dirname, '../../node_modules/node/bin/node');

let directory: string;
/** What containers see as /files, and what the server serves. */
let files: string;
let server: TestServer;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'plinth-pack-test-'));
  // The database is another user's.
  chmodSync(directory, 0o755);
  files = join(directory, 'files');
  mkdirSync(files);
  makeCertificate(files);
  writeFileSync(join(files, 'greeting'), 'hello over TLS');
  server = await serveFiles(files);
});
afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

function plinth(...args: readonly string[]): string {
  return plinthOk(['--root', join(directory, 'store'), ...args], { cwd: directory });
}

/** Packs into the image `name` and gives its id. */
function pack(name: string, ...args: readonly string[]): string {
  return plinth('pack', '-q', '-t', name, ...args).trim();
}

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the image without blocking this process, whose server it may talk to. */
async function run(image: string, args: readonly string[], flags: readonly string[] = []): Promise<Ended> {
  const mounts = ['-v', `${files}:/files`];
  const child = startPlinth(['--root', join(directory, 'store'), 'run', '--rm', ...mounts, ...flags, image, ...args]);
  const [stdout, stderr, [status]] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
    once(child, 'exit'),
  ]);
  return { status, stdout, stderr };
}

function layersOf(image: string): unknown {
  const [inspected] = JSON.parse(plinth('inspect', image));
  return { layers: inspected.RootFS.Layers, config: inspected.Config };
}

describe('packed programs do real work', () => {
  it('curl looks up a name and fetches over TLS', async () => {
    pack('curl', 'curl');
    const url = `https://localhost:${server.port}/greeting`;
    expect(await run('curl', ['-sS', '--cacert', '/files/cert.pem', url])).toEqual({
      status: 0,
      stdout: 'hello over TLS',
      stderr: '',
    });
    const untrusted = await run('curl', ['-sS', url]);
    expect(untrusted).toMatchObject({ status: 77, stdout: '' });
  });

  it('curl knows authorities if it is packed with them', async () => {
    pack('curl-ca', '--certificates', 'curl');
    const untrusted = await run('curl-ca', ['-sS', `https://localhost:${server.port}/greeting`]);
    expect(untrusted.status).toBe(60);
    expect(untrusted.stderr).toContain('self-signed certificate');
  });

  it('openssl shakes hands, and has its providers', async () => {
    pack('openssl', 'openssl');
    const client = ['s_client', '-connect', `localhost:${server.port}`, '-CAfile', '/files/cert.pem'];
    const { status, stdout } = await run('openssl', [...client, '-verify_return_error']);
    expect(status).toBe(0);
    expect(stdout).toContain('Verify return code: 0 (ok)');
    expect((await run('openssl', ['md4', '-provider', 'legacy', '/files/greeting'])).stdout).toMatch(
      /= [0-9a-f]{32}\n$/,
    );
  });

  it('python3 has its modules: TLS, a database, names, compression', async () => {
    pack('python', '--timezones', '/usr/bin/python3');
    const script = [
      'import bz2, ctypes, curses, json, locale, lzma, pwd, socket, sqlite3, ssl, urllib.request, uuid, zlib, zoneinfo, datetime',
      "context = ssl.create_default_context(cafile='/files/cert.pem')",
      `body = urllib.request.urlopen('https://localhost:${server.port}/greeting', context=context).read().decode()`,
      "(answer,) = sqlite3.connect(':memory:').execute('select 6 * 7').fetchone()",
      "hour = datetime.datetime(2026, 1, 1, 12, tzinfo=zoneinfo.ZoneInfo('Asia/Tokyo')).astimezone(datetime.UTC).hour",
      "print(json.dumps([body, answer, hour, pwd.getpwuid(0).pw_name, locale.setlocale(locale.LC_ALL, '')]))",
    ];
    const { stdout, stderr } = await run('python', ['-c', script.join('\n')]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(['hello over TLS', 42, 3, 'root', 'C.UTF-8']);
  });

  it('iconv converts if it is packed with character sets', async () => {
    writeFileSync(join(files, 'euc-jp'), Buffer.from([0xc6, 0xfc, 0xcb, 0xdc]));
    pack('iconv', '--charsets', 'iconv');
    const { stdout, stderr } = await run('iconv', ['-f', 'EUC-JP', '-t', 'UTF-8', '/files/euc-jp']);
    expect({ stdout, stderr }).toEqual({ stdout: '日本', stderr: '' });
  });

  it('node fetches, and signs', async () => {
    pack('node', NODE);
    const script = [
      "import { generateKeyPairSync, sign, verify } from 'node:crypto';",
      `const body = await (await fetch('https://localhost:${server.port}/greeting')).text();`,
      "const { privateKey, publicKey } = generateKeyPairSync('ed25519');",
      'const data = Buffer.from(body);',
      'console.log(body, verify(null, data, publicKey, sign(null, data, privateKey)));',
    ];
    const trust = ['-e', 'NODE_EXTRA_CA_CERTS=/files/cert.pem'];
    const { stdout, stderr } = await run('node', ['--input-type=module', '-e', script.join('\n')], trust);
    expect({ stdout, stderr }).toEqual({ stdout: 'hello over TLS true\n', stderr: '' });
  });

  it('git clones over TLS and from a file', async () => {
    const work = join(directory, 'work');
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@localhost', ...args]);
    git('init', '-q', work);
    writeFileSync(join(work, 'note'), 'kept\n');
    git('-C', work, 'add', 'note');
    git('-C', work, 'commit', '-q', '-m', 'One');
    git('clone', '-q', '--bare', work, join(files, 'bare.git'));
    git('-C', join(files, 'bare.git'), 'update-server-info');
    pack('git', 'git');
    const trust = ['-e', 'GIT_SSL_CAINFO=/files/cert.pem'];
    for (const url of [`https://localhost:${server.port}/bare.git`, 'file:///files/bare.git']) {
      const copy = `copy-${url.slice(0, 5).replace(':', '')}`;
      expect(await run('git', ['clone', '-q', url, `/files/${copy}`], trust)).toMatchObject({ status: 0, stderr: '' });
      expect(readFileSync(join(files, copy, 'note'), 'utf8')).toBe('kept\n');
    }
  });

  it('psql queries a server', async () => {
    pack('psql', 'psql');
    const postgres = await servePostgres(join(directory, 'postgres'));
    try {
      const server = ['-h', 'localhost', '-p', String(postgres.port), '-U', 'postgres'];
      const { stdout, stderr } = await run('psql', [...server, '-tAc', "select 6 * 7, upper('größe')"]);
      expect({ stdout, stderr }).toEqual({ stdout: '42|GRÖßE\n', stderr: '' });
    } finally {
      await postgres.close();
    }
  });

  it('nginx serves a file, and logs', async () => {
    const port = await freePort();
    const log = 'error_log stderr notice; events {}';
    const site = `server { listen 127.0.0.1:${port}; root /srv; }`;
    const http = `http { include mime.types; access_log /var/log/nginx/access.log; ${site} }`;
    writeFileSync(join(directory, 'nginx.conf'), `user www-data; pid /run/nginx.pid; ${log} ${http}\n`);
    mkdirSync(join(directory, 'site'));
    writeFileSync(join(directory, 'site/index.html'), '<p>packed</p>\n');
    pack('nginx', '--add', 'nginx.conf:/etc/nginx/nginx.conf', '--add', 'site:/srv', 'nginx');
    const child = startPlinth(['--root', join(directory, 'store'), 'run', '--rm', 'nginx']);
    const [ended, logged] = [once(child, 'exit'), readUntil(child.stdout, /"GET \/ HTTP\/1\.1" 200/)];
    await readUntil(child.stderr, /start worker process/);
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect(response.headers.get('content-type')).toBe('text/html');
    expect(await response.text()).toBe('<p>packed</p>\n');
    await logged;
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
  });
});

describe('the image', () => {
  it('is the same again, and the same of its build context', () => {
    const id = pack('once', 'openssl');
    const again = plinthOk(['--root', join(directory, 'other'), 'pack', '-q', '-t', 'again', 'openssl']).trim();
    expect(again).toBe(id);
    plinth('pack', '--context', 'context', 'openssl');
    plinth('build', '-q', '-t', 'built', 'context');
    expect(layersOf('built')).toEqual(layersOf('once'));
    plinth('new', 'app', 'app', 'openssl');
    plinth('build', '-q', '-t', 'app', 'app');
    expect(layersOf('app')).toEqual(layersOf('once'));
  });

  it('is the same for an ordinary user', async () => {
    const user = makeUser('pl-pack-test', join(directory, 'home'));
    try {
      const options = { cwd: user.home, env: user.env, wrapper: user.wrapper };
      expect(plinthOk(['pack', '-q', '-t', 'own', '--context', 'context', 'openssl'], options).trim()).toBe(
        pack('of-root', 'openssl'),
      );
      plinthOk(['build', '-q', '-t', 'built', 'context'], options);
      expect(plinthOk(['run', '--rm', '--network', 'none', 'built', 'version'], options)).toMatch(/^OpenSSL /);
    } finally {
      user.remove();
    }
  });

  it('starts with the program, is for its platform, and belongs to root', () => {
    pack('several', 'openssl', '/bin/sh');
    const [inspected] = JSON.parse(plinth('inspect', 'several'));
    expect(inspected.Config.Cmd).toEqual(['/usr/bin/openssl']);
    expect(inspected.Config.Entrypoint ?? null).toBeNull();
    expect(inspected).toMatchObject({ Os: 'linux', Architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' });
    plinth('pack', '-o', 'type=tar,dest=root.tar', 'openssl');
    const owners = execFileSync('tar', ['--numeric-owner', '-tvf', join(directory, 'root.tar')], { encoding: 'utf8' });
    expect(owners.split('\n').filter((line) => line !== '' && !line.includes(' 0/0 '))).toEqual([]);
  });

  it('finds libraries that only ld.so.cache told of', async () => {
    const root = join(directory, 'root');
    plinth('pack', '-o', root, 'curl');
    const [multiarch = ''] = readdirSync(join(root, 'usr/lib')).filter((name) => name.endsWith('-linux-gnu'));
    mkdirSync(join(root, 'opt/own'), { recursive: true });
    for (const name of readdirSync(join(root, 'usr/lib', multiarch)).filter((one) => one.startsWith('libz.so'))) {
      renameSync(join(root, 'usr/lib', multiarch, name), join(root, 'opt/own', name));
    }
    writeFileSync(join(root, 'etc/ld.so.conf'), '/opt/own\n');
    execFileSync('/sbin/ldconfig', ['-r', root]);
    pack('own', '--root', root, 'curl');
    expect((await run('own', ['--version'])).stdout).toMatch(/^curl .*zlib/);
    const report = JSON.parse(plinth('pack', '--json', '--root', root, 'curl'));
    const cache = report.parts.find(({ name }: { name: string }) => name === 'loader cache');
    expect(cache.paths).toEqual(['/etc/ld.so.cache', '/etc/ld.so.conf']);
  });

  it('is also packed of an image, and of the tar of one', async () => {
    pack('source', 'openssl', 'curl');
    const id = pack('of-image', '--root', 'source', 'openssl');
    plinth('pack', '-o', 'type=tar,dest=source.tar', 'openssl', 'curl');
    expect(pack('of-tar', '--root', 'source.tar', 'openssl')).toBe(id);
    expect((await run('of-tar', ['version'])).stdout).toMatch(/^OpenSSL /);
    cpSync(join(directory, 'source.tar'), join(directory, 'rootfs.tar'));
    plinth('new', 'base', 'base', 'rootfs.tar');
    plinth('build', '-q', '-t', 'base', 'base');
    expect((await run('base', ['openssl', 'version'])).stdout).toMatch(/^OpenSSL /);
  });
});
