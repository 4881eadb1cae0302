import { PlinthError } from '../errors/index.ts';
import { definedMembers } from './canonical-json.ts';
import type { OciErrorCode } from './error.ts';
import type { Fields } from './fields.ts';

/** What a program of an image runs on (OCI image specification, image-index.md, platform; names are Go's). */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
  readonly variant?: string;
}

const ARCHITECTURE_NAMES: ReadonlyMap<string, readonly [architecture: string, variant?: string]> = new Map([
  ['x86_64', ['amd64']],
  ['x86-64', ['amd64']],
  ['x64', ['amd64']],
  ['i386', ['386']],
  ['i686', ['386']],
  ['ia32', ['386']],
  ['aarch64', ['arm64']],
  ['armhf', ['arm', 'v7']],
  ['armel', ['arm', 'v6']],
  ['loong64', ['loong64']],
  ['ppc64el', ['ppc64le']],
]);
const OPERATING_SYSTEMS: ReadonlySet<string> = new Set([
  'aix',
  'android',
  'darwin',
  'dragonfly',
  'freebsd',
  'illumos',
  'js',
  'linux',
  'netbsd',
  'openbsd',
  'plan9',
  'solaris',
  'wasip1',
  'windows',
]);
const PART = /^[A-Za-z0-9_.-]{1,64}$/;

/**
 * `linux/arm64/v8`, `linux/amd64` or `arm64` (the system then is Linux) as a normalised platform.
 *
 * @throws PlinthError `platform-invalid`
 */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/');
  if (parts.length > 3 || !parts.every((part) => PART.test(part))) throw invalidPlatform(text);
  if (parts.length === 1) {
    const [only = ''] = parts;
    if (OPERATING_SYSTEMS.has(only)) throw invalidPlatform(text);
    return normalizePlatform({ os: 'linux', architecture: only });
  }
  const [os = '', architecture = '', variant] = parts;
  return normalizePlatform(definedMembers<Platform>({ os, architecture, variant }));
}

function invalidPlatform(text: string): PlinthError<OciErrorCode> {
  return new PlinthError<OciErrorCode>(
    `read platform: ${JSON.stringify(text.slice(0, 100))} is not os/architecture[/variant]`,
    {
      code: 'platform-invalid',
      hint: 'Write it like linux/amd64 or linux/arm64/v8.',
    },
  );
}

/** `linux/arm64`, `linux/arm/v7`. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return variant === undefined || variant === '' ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** The same platform in the names that images use: `aarch64` is `arm64`, `arm64/v8` is `arm64`, `arm` is `arm/v7`. */
export function normalizePlatform(platform: Platform): Platform {
  const name = platform.architecture.toLowerCase();
  const [architecture, impliedVariant] = ARCHITECTURE_NAMES.get(name) ?? [name];
  const given = platform.variant?.toLowerCase().replace(/^(?=\d)/, 'v') || impliedVariant;
  const os = platform.os.toLowerCase() === 'macos' ? 'darwin' : platform.os.toLowerCase();
  const { variant: _, ...rest } = platform;
  const variant = normalVariant(architecture, given);
  return variant === undefined ? { ...rest, architecture, os } : { ...rest, architecture, os, variant };
}

function normalVariant(architecture: string, variant: string | undefined): string | undefined {
  if (architecture === 'arm64' && variant === 'v8') return undefined;
  if (architecture === 'amd64' && variant === 'v1') return undefined;
  if (architecture === 'arm') return variant ?? 'v7';
  return variant;
}

/**
 * How well an image of platform `image` serves one who wants `wanted`: 0 is exactly, more is further off, undefined not
 * at all. A lower variant runs on a higher one (`arm/v6` on `arm/v7`, `amd64` on `amd64/v2`).
 */
export function platformDistance(image: Platform, wanted: Platform): number | undefined {
  const have = normalizePlatform(image);
  const want = normalizePlatform(wanted);
  if (have.os !== want.os || have.architecture !== want.architecture) return undefined;
  if (have.variant === want.variant) return 0;
  const distance = variantLevel(want) - variantLevel(have);
  return distance >= 0 ? distance : undefined;
}

/** Whether an image of platform `image` serves one who wants `wanted`. */
export function matchesPlatform(image: Platform, wanted: Platform): boolean {
  return platformDistance(image, wanted) !== undefined;
}

function variantLevel(platform: Platform): number {
  const level = /^v(\d{1,3})/.exec(platform.variant ?? '')?.[1];
  if (level !== undefined) return Number(level);
  return platform.architecture === 'arm64' ? 8 : 1;
}

/** The platform of a machine, in the words of Node's `process.platform` and `process.arch`. */
export function hostPlatform(nodePlatform: string, nodeArch: string): Platform {
  const os = nodePlatform === 'win32' ? 'windows' : nodePlatform === 'sunos' ? 'solaris' : nodePlatform;
  return normalizePlatform({ os, architecture: nodeArch });
}

/** A platform as it stands in an index. */
export function readPlatform(fields: Fields): Platform {
  return definedMembers<Platform>({
    architecture: fields.requiredString('architecture'),
    os: fields.requiredString('os'),
    'os.version': fields.string('os.version'),
    'os.features': fields.strings('os.features'),
    variant: fields.string('variant') || undefined,
  });
}
