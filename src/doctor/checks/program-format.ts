import { type ByteString, decodeText } from '../../bytes/index.ts';
import type { LoaderProblem } from '../../loader/index.ts';
import { type Finding, type Fix, finding } from '../finding.ts';
import { lastName, type Patient } from '../patient.ts';
import type { CheckContext } from './check.ts';
import type { Attempt } from './plan.ts';
import { replaceProgram } from './replace.ts';

const HEAD_BYTES = 512;
const BYTE_ORDER_MARK = '\xef\xbb\xbf';

/** What other files begin with. */
const FORMATS: readonly (readonly [magic: string, name: string])[] = [
  ['MZ', 'a program of Windows'],
  ['\xcf\xfa\xed\xfe', 'a program of macOS'],
  ['\xce\xfa\xed\xfe', 'a program of macOS'],
  ['\xfe\xed\xfa', 'a program of macOS'],
  ['\xca\xfe\xba\xbe', 'a program of macOS, or a class of Java'],
  ['\x1f\x8b', 'compressed by gzip'],
  ['\x28\xb5\x2f\xfd', 'compressed by zstd'],
  ['\xfd7zXZ', 'compressed by xz'],
  ['BZh', 'compressed by bzip2'],
  ['PK\x03\x04', 'a zip archive (a .jar is one)'],
  ['!<arch>', 'a static library'],
  ['\0asm', 'a WebAssembly module'],
  ['version https://git-lfs', 'the pointer of Git LFS to a file that was not fetched'],
];

/** With what scripts of these names are run. */
const INTERPRETERS: Readonly<Record<string, readonly string[]>> = {
  '.py': ['python3', 'python'],
  '.js': ['node'],
  '.mjs': ['node'],
  '.pl': ['perl'],
  '.rb': ['ruby'],
  '.jar': ['java', '-jar'],
  '.wasm': ['wasmtime'],
};

/** A file that the kernel does not know how to start. */
export function formatFinding(context: CheckContext, problem: LoaderProblem, attempt: Attempt): Finding {
  const { patient, mender } = context;
  const { path, message: why, hint = '' } = problem;
  const head = headOf(patient, path);
  const step = attempt.plan.steps.find(({ file }) => file.path === path);
  const replaced = (): Fix => replaceProgram(context, path, attempt);
  if (step?.format === 'elf') return finding('program-not-linked', path, { why, cause: hint, fix: replaced() });
  if (head === '') return finding('program-empty', path, { why, cause: 'It is empty.', fix: replaced() });
  if (head.startsWith(`${BYTE_ORDER_MARK}#!`)) {
    const cause = 'Its first three bytes are a byte order mark (EF BB BF): the kernel wants #! first.';
    const fix = mender.edit(path, '1s/^[^#]*//', (text) => text.replace(/^[^#]*/, ''));
    return finding('script-byte-order-mark', path, { why, cause, fix });
  }
  if (/^\s+#!/.test(head)) {
    const cause = 'White space or an empty line stands before #!, which must be the first two bytes.';
    const fix = mender.edit(path, '/#!/,$!d;s/^[[:space:]]*#!/#!/', (text) => text.trimStart());
    return finding('script-leading-space', path, { why, cause, fix });
  }
  const format = FORMATS.find(([magic]) => head.startsWith(magic))?.[1];
  if (format !== undefined || head.includes('\0')) {
    const cause = `It is ${format ?? 'neither an ELF program nor a script'}.`;
    return finding('program-foreign', path, { why, cause, fix: unpacked(context, path, format) ?? replaced() });
  }
  return finding('script-no-first-line', path, { why, cause: hint, fix: interpreted(context, path, attempt) });
}

function headOf(patient: Patient, path: ByteString): string {
  const node = patient.tree.resolve(path)?.node;
  if (node?.kind !== 'file') return '';
  const bytes = Buffer.alloc(Math.min(HEAD_BYTES, node.content.sizeBytes));
  node.content.read(bytes, 0);
  return bytes.toString('latin1');
}

function unpacked({ mender }: CheckContext, path: ByteString, format: string | undefined): Fix | undefined {
  if (format !== 'compressed by gzip') return undefined;
  const text = decodeText(path);
  return mender.run(['sh', '-c', `gzip -dc <${text} >/.unpacked && cat /.unpacked >${text} && rm /.unpacked`]);
}

/** A script without a first line: it gets one, or is started by its interpreter. */
function interpreted(context: CheckContext, path: ByteString, { words }: Attempt): Fix {
  const { patient, mender } = context;
  const [, extension = ''] = /(\.\w+)$/.exec(lastName(path)) ?? [];
  const [program, ...options] = INTERPRETERS[extension] ?? [];
  if (program !== undefined && patient.starts([program as ByteString])) {
    return mender.command([program, ...options, path, ...words.slice(1)] as ByteString[]);
  }
  return mender.edit(path, '1i #!/bin/sh', (text) => `#!/bin/sh\n${text}`);
}
