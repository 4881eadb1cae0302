import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { recipesError } from '../error.ts';
import { type BuildShell, SCRATCH } from './build-shell.ts';
import { findFirstError } from './first-error.ts';
import type { Make } from './make.ts';
import { errorHint, installPrograms, type Toolchain } from './packages.ts';

/** The compiler that the user wants. */
export interface ToolchainWish {
  /** `aarch64-linux-gnu-` */
  readonly cross?: string | undefined;
  /** `musl-gcc`, `clang` */
  readonly compiler?: string | undefined;
  /** At once; absent: as many as there are processors. */
  readonly jobs?: number | undefined;
}

/** The toolchain that a wish means. @throws PlinthError `busybox-tools-missing` for names that are none */
export function chooseToolchain({ cross = '', compiler }: ToolchainWish): Toolchain {
  const prefix = cross === '' || cross.endsWith('-') ? cross : `${cross}-`;
  for (const name of [prefix, compiler ?? '']) {
    if (/^[\w./+-]*$/.test(name)) continue;
    throw recipesError('busybox-tools-missing', `choose a compiler: ${JSON.stringify(name)} cannot be one`, {
      hint: 'Write --cross aarch64-linux-gnu- or --cc musl-gcc.',
    });
  }
  return { prefix, compiler: compiler ?? `${prefix}gcc` };
}

/** The words that every `make` gets. */
export function makeWords({ prefix, compiler }: Toolchain, { jobs = availableParallelism() }: ToolchainWish): string[] {
  const isOwn = prefix === '' && !/musl/.test(compiler);
  return ['make', `-j${jobs}`, `CROSS_COMPILE=${prefix}`, `CC=${compiler}`, `HOSTCC=${isOwn ? compiler : 'gcc'}`];
}

const PROGRAM = '#include <stdio.h>\n#include <linux/version.h>\nint main(void) { return puts("ok") < 0; }\n';
const TOOLS = 'make awk bzip2 cmp cut diff find grep od sed sort tr';

/**
 * Checks that the programs that a build needs are there, and that the compiler makes a program of the kind that is
 * wanted: better now than after a minute, when it comes to linking.
 *
 * @throws PlinthError `busybox-tools-missing`, with all that is missing and the packages it is in
 */
export async function checkToolchain(
  { run, scratch }: Make,
  shell: BuildShell,
  { toolchain, isStatic }: { readonly toolchain: Toolchain; readonly isStatic: boolean },
): Promise<void> {
  const { prefix, compiler } = toolchain;
  const host = makeWords(toolchain, {}).at(-1)?.replace('HOSTCC=', '') ?? 'gcc';
  const wanted = new Set([...TOOLS.split(' '), host, compiler, ...['ar', 'nm', 'strip'].map((name) => prefix + name)]);
  const search = 'for tool in "$@"; do command -v "$tool" >/dev/null || echo "missing: $tool"; done';
  const found = await run(['sh', '-c', search, 'sh', ...wanted]);
  const missing = [...found.output.matchAll(/^missing: (\S+)$/gm)].map(([, name]) => name ?? '');
  if (missing.length > 0) {
    throw recipesError('busybox-tools-missing', `find tools ${shell.place}: there is no ${missing.join(', no ')}`, {
      hint: installPrograms(missing, toolchain, shell.place),
      details: { missing },
    });
  }
  if (found.status !== 0) throw compileFailure(found.output, toolchain, shell);
  await linkKernelHeaders(run, { scratch, toolchain });
  writeFileSync(join(scratch, 'check.c'), PROGRAM);
  const compile = `"$0" $CFLAGS "$@" ../check.c -o ../check`;
  const made = await run(['sh', '-c', compile, compiler, ...(isStatic ? ['-static'] : [])]);
  if (made.status !== 0) throw compileFailure(made.output, toolchain, shell);
}

function compileFailure(output: string, toolchain: Toolchain, { place }: BuildShell): Error {
  const error = findFirstError(output);
  const fact = error?.message ?? output.trim().split('\n')[0] ?? '';
  return recipesError('busybox-tools-missing', `compile a first program with ${toolchain.compiler}: ${fact}`, {
    hint: error === undefined ? undefined : errorHint(error, toolchain, place),
  });
}

/** The headers of the kernel are not among those that musl-gcc looks at; only they may come from beside them. */
async function linkKernelHeaders(
  run: Make['run'],
  { scratch, toolchain }: { readonly scratch: string; readonly toolchain: Toolchain },
): Promise<void> {
  if (!needsKernelHeaders(toolchain)) return;
  const directory = join(scratch, SCRATCH.headers);
  mkdirSync(directory);
  for (const name of ['linux', 'asm-generic', 'mtd']) symlinkSync(`/usr/include/${name}`, join(directory, name));
  await run(['sh', '-c', `ln -s "/usr/include/$(gcc -print-multiarch)/asm" ../${SCRATCH.headers}/asm`]);
}

/** Whether it is a wrapper around the machine's own compiler that takes another C library. */
export function needsKernelHeaders({ prefix, compiler }: Toolchain): boolean {
  return prefix === '' && /musl/.test(compiler);
}
