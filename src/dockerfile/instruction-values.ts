import { dockerfileProblem } from './dockerfile-error.ts';
import type { Instruction } from './instruction.ts';
import { nearMissHint } from './near-miss.ts';
import { parsePorts } from './port.ts';
import { isSignal } from './stop-signal.ts';
import { nodeRange } from './syntax-node.ts';

/**
 * Checks what an instruction says, as far as it does not depend on variables.
 *
 * @throws PlinthError `dockerfile-value-invalid`
 */
export function checkValues(instruction: Instruction): void {
  const fault = findFault(instruction);
  if (fault === undefined) return;
  const range = nodeRange(instruction.node);
  throw dockerfileProblem(fault.fact, { code: 'dockerfile-value-invalid', range, hint: fault.hint });
}

interface Fault {
  readonly fact: string;
  readonly hint?: string | undefined;
}

const dependsOnVariables = (text: string): boolean => /[$'"\\`]/.test(text);

function findFault(instruction: Instruction): Fault | undefined {
  if (instruction.kind === 'from' && instruction.image === '') {
    return { fact: 'the image of FROM is blank', hint: 'Give the ARG that it is made of a default before FROM.' };
  }
  if (instruction.kind === 'stopsignal') {
    const { signal } = instruction;
    if (dependsOnVariables(signal) || isSignal(signal)) return undefined;
    const hint = nearMissHint(signal.replace(/^(?:SIG)?/i, 'SIG'), [
      'SIGTERM',
      'SIGKILL',
      'SIGINT',
      'SIGQUIT',
      'SIGHUP',
      'SIGUSR1',
      'SIGUSR2',
    ]);
    return { fact: `invalid signal ${JSON.stringify(signal)}`, hint };
  }
  if (instruction.kind === 'expose') {
    for (const port of instruction.ports) {
      const ports = dependsOnVariables(port) ? [] : parsePorts(port);
      if (typeof ports === 'string')
        return { fact: `EXPOSE ${port}: ${ports}`, hint: 'Write it as 80, 53/udp or 8000-8010.' };
    }
  }
  return undefined;
}
