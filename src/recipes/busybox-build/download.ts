import { Agent as HttpAgent, get as httpGet, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, get as httpsGet } from 'node:https';
import { errorFact } from '../../errors/index.ts';
import { recipesError } from '../error.ts';

/** A release of BusyBox has 2.5 MB. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_REDIRECTS = 10;
/** No byte for so long, and the server is taken for dead. */
const IDLE_MS = 30_000;
const TOTAL_MS = 10 * 60_000;

export interface DownloadOptions {
  /** Proxies: `https_proxy`, `http_proxy`, `no_proxy`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (doneBytes: number, totalBytes: number | undefined) => void;
}

/**
 * The bytes at an HTTP or HTTPS address, which may redirect, but not from HTTPS to HTTP.
 *
 * @throws PlinthError `busybox-download-failed`; the signal's reason
 */
export async function download(url: string, options: DownloadOptions): Promise<Buffer> {
  const deadline = AbortSignal.timeout(TOTAL_MS);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
  let place = parseUrl(url);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    try {
      const response = await request(place, options.env, signal);
      const next = redirect(response, place);
      if (next === undefined) return await readBody(response, options);
      response.destroy();
      place = next;
    } catch (error) {
      options.signal?.throwIfAborted();
      throw failed(
        url,
        deadline.aborted ? `it took longer than ${TOTAL_MS / 60_000} minutes` : errorFact(error),
        error,
      );
    }
  }
  throw failed(url, `more than ${MAX_REDIRECTS} redirects`);
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw failed(text, 'it is no address that begins with http:// or https://');
}

function request(url: URL, env: DownloadOptions['env'], signal: AbortSignal): Promise<IncomingMessage> {
  const isSecure = url.protocol === 'https:';
  const agent = isSecure ? new HttpsAgent({ proxyEnv: env }) : new HttpAgent({ proxyEnv: env });
  const options: RequestOptions = { agent, signal, headers: { 'user-agent': 'plinth', accept: '*/*' } };
  return new Promise((resolve, reject) => {
    const asked = isSecure ? httpsGet(url, options, resolve) : httpGet(url, options, resolve);
    asked.setTimeout(IDLE_MS, () => asked.destroy(new Error(`the server was silent for ${IDLE_MS / 1000} seconds`)));
    asked.once('error', reject);
  });
}

function redirect({ statusCode = 0, headers }: IncomingMessage, from: URL): URL | undefined {
  if (statusCode === 200) return undefined;
  const isRedirect = [301, 302, 303, 307, 308].includes(statusCode) && headers.location !== undefined;
  if (!isRedirect) throw new Error(`the server answered with status ${statusCode}`);
  const next = URL.parse(headers.location ?? '', from);
  const isPlain = next?.protocol === 'http:' && from.protocol === 'http:';
  if (next !== null && (next.protocol === 'https:' || isPlain)) return next;
  throw new Error(`the server redirects to ${JSON.stringify(headers.location?.slice(0, 200))}, which is not safe`);
}

async function readBody(response: IncomingMessage, { onProgress }: DownloadOptions): Promise<Buffer> {
  const length = Number(response.headers['content-length'] ?? Number.NaN);
  const total = Number.isSafeInteger(length) ? length : undefined;
  if (total !== undefined && total > MAX_BYTES) throw tooLarge(response);
  const chunks: Buffer[] = [];
  let done = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    done += chunk.length;
    if (done > MAX_BYTES) throw tooLarge(response);
    chunks.push(chunk);
    onProgress?.(done, total);
  }
  return Buffer.concat(chunks);
}

function tooLarge(response: IncomingMessage): Error {
  response.destroy();
  return new Error(`it has more than ${MAX_BYTES} bytes`);
}

function failed(url: string, fact: string, cause?: unknown): Error {
  return recipesError('busybox-download-failed', `download ${withoutSecrets(url)}: ${fact}`, {
    hint: 'Check the address, or download it yourself and give its path.',
    cause,
  });
}

/** An address may hold a password. */
export function withoutSecrets(text: string): string {
  return text.replace(/^(\w+:\/\/)[^/@]*@/, '$1').replace(/[?#].*$/, '');
}
