import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { download, withoutSecrets } from './download.ts';

async function withServer<T>(answer: RequestListener, use: (base: string) => Promise<T>): Promise<T> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('download', () => {
  it('follows redirects and reports progress', async () => {
    const seen: (readonly [number, number | undefined])[] = [];
    const bytes = await withServer(
      ({ url }, response) => {
        if (url === '/a') response.writeHead(302, { location: '/b?x' }).end();
        else if (url === '/b?x') response.writeHead(307, { location: 'c' }).end();
        else response.writeHead(200, { 'content-length': '5' }).end('hello');
      },
      (base) => download(`${base}/a`, { env: {}, onProgress: (...done) => seen.push(done) }),
    );
    expect(bytes.toString()).toBe('hello');
    expect(seen.at(-1)).toEqual([5, 5]);
  });

  it.each<readonly [string, RequestListener, RegExp]>([
    ['a missing file', (_, response) => response.writeHead(404).end(), /status 404/],
    ['endless redirects', (_, response) => response.writeHead(301, { location: '/' }).end(), /more than 10 redirects/],
    [
      'a redirect to a file',
      (_, response) => response.writeHead(301, { location: 'file:///etc/passwd' }).end(),
      /not safe/,
    ],
    [
      'too large a file',
      (_, response) => response.writeHead(200, { 'content-length': '99999999999' }).flushHeaders(),
      /more than/,
    ],
    [
      'an answer that is cut off',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('x', () => response.destroy());
      },
      /aborted|hang up/,
    ],
  ])('refuses %s', async (_, answer, fact) => {
    await withServer(answer, (base) =>
      expect(download(`${base}/busybox.tar`, { env: {} })).rejects.toMatchObject({
        code: 'busybox-download-failed',
        message: expect.stringMatching(fact),
      }),
    );
  });

  it('refuses what is no address, and says what cannot be reached', async () => {
    await expect(download('ftp://x/y', { env: {} })).rejects.toThrow('begins with http:// or https://');
    await expect(download('http://127.0.0.1:1/x', { env: {} })).rejects.toThrow(/download http:\/\/127.0.0.1:1\/x: /);
  });

  it('ends with the reason of its signal', async () => {
    await withServer(
      () => {},
      (base) =>
        expect(download(`${base}/x`, { env: {}, signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
          name: 'TimeoutError',
        }),
    );
  });

  it('shows no password', () => {
    expect(withoutSecrets('https://user:secret@host/x?token=1')).toBe('https://host/x');
  });
});
