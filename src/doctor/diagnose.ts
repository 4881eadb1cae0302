import type { ByteString } from '../bytes/index.ts';
import { checkAccount, checkPermissions } from './checks/account.ts';
import { checkCertificates } from './checks/certificates.ts';
import type { Check, CheckContext } from './checks/check.ts';
import { checkMountPoints, checkTmp, checkVolumes, checkWorkdir } from './checks/directories.ts';
import { checkHealth } from './checks/healthcheck.ts';
import { checkKernel } from './checks/kernel.ts';
import { checkMachine } from './checks/machine.ts';
import { checkSetuid } from './checks/setuid.ts';
import { startedCommands } from './checks/shell-words.ts';
import { checkStart, shellCommandFindings } from './checks/start.ts';
import { checkSystemFiles } from './checks/system-files.ts';
import { checkVm } from './checks/vm.ts';
import type { Finding, Severity } from './finding.ts';
import { Mender } from './mender.ts';
import { Patient, type PatientFacts } from './patient.ts';

export interface DiagnoseOptions extends PatientFacts {
  /** Also what a machine needs that boots from it. */
  readonly vm?: boolean;
}

/** In the order in which a start would come upon them. */
const CHECKS: readonly Check[] = [
  checkMountPoints,
  checkAccount,
  checkWorkdir,
  checkMachine,
  checkStart,
  checkPermissions,
  checkKernel,
  checkHealth,
  checkVolumes,
  checkTmp,
  checkSystemFiles,
  checkCertificates,
  checkSetuid,
];

const ORDER: readonly Severity[] = ['error', 'warning', 'note'];

/** Finds what would keep an image from starting, or from working once it has; the worst first. Nothing is run. */
export function diagnose({ vm = false, ...facts }: DiagnoseOptions): Finding[] {
  const context = contextOf(facts);
  // Without a config nobody says what is to run: then only what is asked about is looked at.
  const hasCommand = facts.config !== undefined || facts.command !== undefined;
  const checks = [...(hasCommand ? CHECKS : [checkMountPoints]), ...(vm ? [checkVm] : [])];
  const found = checks.flatMap((check) => check(context));
  const once = [...new Map(found.map((one) => [`${one.code}\0${one.path}\0${one.why}`, one])).values()];
  return ORDER.flatMap((severity) => once.filter((one) => one.severity === severity));
}

/** What kept a command from starting, after it failed: the first thing in its way. */
export function explainStart(facts: PatientFacts): Finding | undefined {
  const context = contextOf(facts);
  const checks = [checkMachine, checkStart, checkPermissions];
  return checks.flatMap((check) => check(context)).find(({ severity }) => severity === 'error');
}

/** What kept a command of a shell's text from starting, after the shell said 126 or 127. */
export function explainShell(facts: PatientFacts, text: string): Finding | undefined {
  const context = contextOf(facts);
  for (const command of startedCommands(text)) {
    const [first] = shellCommandFindings(context, command as ByteString).filter(({ severity }) => severity === 'error');
    if (first !== undefined) return first;
  }
  return undefined;
}

function contextOf(facts: PatientFacts): CheckContext {
  const patient = new Patient(facts);
  return { patient, mender: new Mender(patient) };
}
