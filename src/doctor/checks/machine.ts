import { type ByteString, decodeText } from '../../bytes/index.ts';
import { type ElfFile, type MachineTable, sameMachine } from '../../elf/index.ts';
import type { ProgramStep } from '../../loader/index.ts';
import { formatPlatform, type Platform, platformDistance } from '../../oci/index.ts';
import { commandsFix, type Finding, finding } from '../finding.ts';
import { emulatorFor, type HostFacts } from '../host-facts.ts';
import type { CheckContext } from './check.ts';
import { replaceProgram } from './replace.ts';

/** Whether programs are for the processor of the image, and that for the one of this machine. */
export function checkMachine(context: CheckContext): Finding[] {
  const { patient } = context;
  const programs = patient.plan.steps.filter(({ elf, namedBy }) => elf !== undefined && namedBy !== 'loader');
  const { platform } = patient.facts;
  const wrong = platform === undefined ? [] : programs.flatMap((step) => otherMachine(context, step, platform));
  if (wrong.length > 0) return wrong;
  const first = programs[0];
  const shown =
    platform ?? (first?.elf === undefined ? undefined : { os: 'linux', ...patient.machines.architecture(first.elf) });
  return shown === undefined ? [] : checkHost(context, shown, first);
}

function otherMachine(context: CheckContext, { file, elf }: ProgramStep, platform: Platform): Finding[] {
  const { plan, words, machines } = context.patient;
  if (elf === undefined || isFor(elf, platform, machines)) return [];
  const { architecture } = machines.architecture(elf);
  return [
    finding('program-other-machine', file.path, {
      why: `exec ${decodeText(file.path)}: exec format error`,
      cause: `It is a program for ${architecture}; the image says that it is for ${formatPlatform(platform)}.`,
      fix: replaceProgram(context, file.path, { plan, words }),
    }),
  ];
}

/** Whether programs like `elf` belong into an image for `platform`. What is not known is taken for right. */
function isFor(elf: ElfFile, platform: Platform, machines: MachineTable): boolean {
  const expected = machines.expected(platform.architecture);
  if (expected === undefined) return true;
  const { machine, class: elfClass = elf.class, byteOrder = elf.byteOrder } = expected;
  return sameMachine({ ...elf, machine, class: elfClass, byteOrder }, elf) || isNarrower(elf, platform, machines);
}

/** Kernels of these processors run the programs of the narrower ones, too. */
function isNarrower(elf: ElfFile, { architecture }: Platform, machines: MachineTable): boolean {
  const own = machines.architecture(elf).architecture;
  const pairs: Readonly<Record<string, readonly string[]>> = {
    amd64: ['386', 'amd64p32'],
    arm64: ['arm'],
    mips64: ['mips', 'mips64p32'],
    mips64le: ['mipsle', 'mips64p32le'],
    s390x: ['s390'],
    sparc64: ['sparc'],
  };
  return pairs[architecture]?.includes(own) ?? false;
}

function checkHost({ patient }: CheckContext, platform: Platform, step: ProgramStep | undefined): Finding[] {
  const { host, source } = patient.facts;
  if (runsOn(platform, host)) return [];
  const emulator = step === undefined ? undefined : emulatorFor(headOf(step), host.emulators);
  const path = step?.file.path ?? ('/' as ByteString);
  if (emulator === undefined) {
    const name = source.kind === 'image' ? `${source.name}: ` : '';
    return [
      finding('platform-not-host', path, {
        why: `run ${name}the image is for ${formatPlatform(platform)}, this machine is ${formatPlatform(host.platform)}`,
        cause: `Nothing on this machine starts programs for ${platform.architecture}.`,
        fix: emulatorFix(platform),
      }),
    ];
  }
  if (emulator.isFixed || patient.file(emulator.interpreter) !== undefined) return [];
  return [
    finding('emulator-missing', path, {
      why: `exec ${decodeText(path)}: no such file or directory`,
      cause: `The kernel starts it by ${emulator.interpreter} (binfmt_misc, ${emulator.name}), which it looks for in the image, where it is not.`,
      fix: {
        commands: [`cp ${emulator.interpreter} .`],
        dockerfile: [`COPY ${emulator.interpreter.replace(/^.*\//, '')} ${emulator.interpreter}`],
      },
    }),
  ];
}

function headOf({ file: { node } }: ProgramStep): Buffer {
  if (node.kind !== 'file') return Buffer.alloc(0);
  const head = Buffer.alloc(Math.min(128, node.content.sizeBytes));
  node.content.read(head, 0);
  return head;
}

/** Whether a kernel of the host starts programs for `platform` by itself. */
export function runsOn(platform: Platform, { platform: own }: HostFacts): boolean {
  if (platformDistance(platform, own) !== undefined || platformDistance(own, platform) !== undefined) return true;
  if (platform.os !== own.os) return false;
  return (
    (own.architecture === 'amd64' && platform.architecture === '386') ||
    (own.architecture === 'arm64' && platform.architecture === 'arm')
  );
}

/** How a machine learns to run programs of another. */
export function emulatorFix({ os }: Platform): ReturnType<typeof commandsFix> {
  if (os !== 'linux') return commandsFix('# There is no emulator for programs of another system than Linux.');
  return commandsFix('apt-get install -y qemu-user-static binfmt-support');
}
