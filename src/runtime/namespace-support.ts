import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { encodeProgram } from '../elf/index.ts';
import { PlinthError } from '../errors/index.ts';
import { type IdMaps, type IdOwner, subordinateIds } from './id-maps.ts';
import { PlanProgram } from './plan-program.ts';
import { refusalHint } from './refusal-hint.ts';
import { setupError } from './setup-error.ts';
import { hostMachine } from './start-container.ts';
import { startProgram } from './start-program.ts';
import { readStatus } from './status-channel.ts';
import { flags, step } from './step.ts';

/** What a user can do here. */
export interface NamespaceSupport {
  /** Root directly, a user namespace with subordinate ids, one with the user's id alone, or no containers at all. */
  readonly mode: 'root' | 'subordinate-ids' | 'single-id' | 'none';
  /** The maps for `enterUserNamespace`, in the two middle modes. */
  readonly ids?: IdMaps;
  /** Why it is not better. */
  readonly problems: readonly NamespaceProblem[];
}

/** One reason, and what helps. */
export interface NamespaceProblem {
  readonly fact: string;
  readonly hint: string;
}

const CAP_SYS_ADMIN = 21n;
const OLDEST_KERNEL = [5, 12] as const;

/** Finds out what `owner` can do, by facts and by trying; `directory` as for `startContainer`. */
export async function namespaceSupport(owner: IdOwner, directory: string): Promise<NamespaceSupport> {
  const kernel = kernelProblem();
  if (kernel !== undefined) return { mode: 'none', problems: [kernel] };
  if (owner.uid === 0) return rootSupport();
  const refused = await tryUserNamespace(directory);
  if (refused !== undefined) return { mode: 'none', problems: [refused] };
  const problems = mapperProblems();
  try {
    const ids = subordinateIds(owner);
    if (problems.length === 0) return { mode: 'subordinate-ids', ids, problems };
  } catch (error) {
    if (!(error instanceof PlinthError)) throw error;
    problems.push({ fact: error.message, hint: error.hint ?? '' });
  }
  return { mode: 'single-id', ids: { kind: 'single', uid: owner.uid, gid: owner.gid }, problems };
}

function rootSupport(): NamespaceSupport {
  const effective = BigInt(`0x${statusField('CapEff') ?? '0'}`);
  if (((effective >> CAP_SYS_ADMIN) & 1n) === 1n) return { mode: 'root', problems: [] };
  const fact = 'this root has no CAP_SYS_ADMIN, as in a container';
  return { mode: 'none', problems: [{ fact, hint: 'Start the outer container with that capability (--privileged).' }] };
}

function kernelProblem(): NamespaceProblem | undefined {
  const [major = 0, minor = 0] = release()
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  const [oldMajor, oldMinor] = OLDEST_KERNEL;
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return undefined;
  return { fact: `the kernel is ${release()}`, hint: `The embedded runtime needs Linux ${oldMajor}.${oldMinor}.` };
}

/** Some kernels grant the namespace and then nothing in it: so a mount is part of the trial. */
async function tryUserNamespace(directory: string): Promise<NamespaceProblem | undefined> {
  const program = new PlanProgram(new Map());
  program.step(step('create user namespace', 'unshare', flags('CLONE_NEWUSER', 'CLONE_NEWNS')));
  program.step(step('mount in a user namespace', 'mount', null, '/', null, flags('MS_REC', 'MS_PRIVATE'), null));
  const { status } = await startProgram(encodeProgram(program.finish(), hostMachine()), directory, [
    'ignore',
    'ignore',
    'ignore',
  ]);
  return await new Promise((resolve) => {
    let problem: NamespaceProblem | undefined;
    readStatus(
      status,
      (message) => {
        if (message.kind !== 'failed') return;
        const { message: fact } = setupError(message, program.steps);
        problem = { fact, hint: refusalHint() ?? 'Unprivileged user namespaces are not available: run as root.' };
      },
      () => resolve(problem),
    );
  });
}

function mapperProblems(): NamespaceProblem[] {
  const problems: NamespaceProblem[] = [];
  for (const tool of ['newuidmap', 'newgidmap']) {
    if (!isOnPath(tool)) problems.push({ fact: `${tool} is not installed`, hint: 'Install the package uidmap.' });
  }
  if (statusField('NoNewPrivs') === '1') {
    problems.push({ fact: 'no_new_privs is set: newuidmap gains no rights', hint: 'Run outside of that sandbox.' });
  }
  return problems;
}

function isOnPath(tool: string): boolean {
  return ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].some((directory) => {
    try {
      accessSync(`${directory}/${tool}`, constants.X_OK);
      return statSync(`${directory}/${tool}`).isFile();
    } catch {
      return false;
    }
  });
}

function statusField(name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(readFact('/proc/self/status') ?? '')?.[1];
}

function readFact(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1').trim();
  } catch {
    return undefined;
  }
}
