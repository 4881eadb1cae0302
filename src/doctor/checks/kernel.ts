import { type ByteString, decodeText } from '../../bytes/index.ts';
import { commandsFix, type Finding, finding } from '../finding.ts';
import type { CheckContext } from './check.ts';

/** Programs and libraries that are made for a newer kernel (NT_GNU_ABI_TAG). */
export function checkKernel({ patient }: CheckContext): Finding[] {
  const { kernel } = patient.facts.host;
  if (kernel === undefined) return [];
  const programs = patient.plan.steps.filter(({ elf, namedBy }) => elf !== undefined && namedBy !== 'loader');
  const objects = programs.flatMap(({ file }) => patient.closure(file.path)?.objects ?? []);
  return objects.flatMap(({ path, elf }) => {
    const { abiNote } = elf;
    if (abiNote?.os !== 'linux') return [];
    const wanted = [abiNote.major, abiNote.minor, abiNote.patch];
    if (!isOlder(kernel, wanted)) return [];
    const cause = `It is made for Linux ${wanted.join('.')} and later; this machine has ${kernel.join('.')}.`;
    const fix = commandsFix(
      `# Run it on Linux ${wanted.join('.')} or later, or build ${decodeText(path)} with an older C library.`,
    );
    return [finding('kernel-too-old', path as ByteString, { why: 'FATAL: kernel too old', cause, fix })];
  });
}

function isOlder(version: readonly number[], wanted: readonly number[]): boolean {
  const at = version.findIndex((part, index) => part !== wanted[index]);
  return at >= 0 && (version[at] ?? 0) < (wanted[at] ?? 0);
}
