import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { join, normalize } from 'node:path';
import type { Readable } from 'node:stream';

/** Something that listens on the loopback until it is closed. */
export interface TestServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Makes a key and a certificate for `localhost` in `directory`: `key.pem`, `cert.pem`. */
export function makeCertificate(directory: string): void {
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
}

/** Serves the files of `directory` over TLS with the certificate in it. */
export async function serveFiles(directory: string): Promise<TestServer> {
  const credentials = {
    key: readFileSync(join(directory, 'key.pem')),
    cert: readFileSync(join(directory, 'cert.pem')),
  };
  const server = createTlsServer(credentials, (request, response) => {
    const path = join(directory, normalize(new URL(request.url ?? '/', 'https://localhost').pathname));
    const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
    response.writeHead(isFile ? 200 : 404);
    if (isFile) createReadStream(path).pipe(response);
    else response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, close };
}

/** A port that was free just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Reads `stream` until `pattern` stands in it; what comes afterwards is read on and dropped. */
export async function readUntil(stream: Readable | null, pattern: RegExp): Promise<void> {
  let text = '';
  await new Promise<void>((resolve, reject) => {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (pattern.test(text)) resolve();
    });
    stream?.on('end', () => reject(new Error(`ended before ${pattern}:\n${text}`)));
  });
}

/** A new PostgreSQL database in `directory` that trusts everybody. */
export async function servePostgres(directory: string): Promise<TestServer> {
  const versions = '/usr/lib/postgresql';
  const programs = join(versions, readdirSync(versions).sort().at(-1) ?? '', 'bin');
  const id = (flag: string): string => execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }).trim();
  const user = [`--reuid=${id('-u')}`, `--regid=${id('-g')}`, '--clear-groups'];
  mkdirSync(directory);
  execFileSync('chown', ['postgres', directory]);
  const setup = ['-D', directory, '-U', 'postgres', '--auth=trust', '--no-sync', '--no-instructions', '-E', 'UTF8'];
  execFileSync('setpriv', [...user, join(programs, 'initdb'), ...setup], { stdio: 'ignore', cwd: directory });
  const port = await freePort();
  const options = ['-D', directory, '-p', String(port), '-k', directory, '-F', '-h', '127.0.0.1'];
  const server = spawn('setpriv', [...user, join(programs, 'postgres'), ...options], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: directory,
  });
  await readUntil(server.stderr, /ready to accept connections/);
  const close = async (): Promise<void> => {
    const ended = once(server, 'exit');
    server.kill('SIGINT');
    await ended;
  };
  return { port, close };
}
