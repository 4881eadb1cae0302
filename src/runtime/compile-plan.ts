import { encodeProgram } from '../elf/index.ts';
import { KERNEL } from './kernel.ts';
import type { Plan } from './plan.ts';
import { PlanProgram } from './plan-program.ts';
import { into, named, type Step, step } from './step.ts';

/** An executable that performs a plan, and the steps that its messages speak of by index. */
export interface CompiledPlan {
  readonly elf: Buffer;
  readonly steps: readonly Step[];
}

/** A plan as a static executable. */
export function compilePlan(plan: Plan): CompiledPlan {
  const program = new PlanProgram(plan.slots);
  for (const each of plan.outer) program.step(each);
  // With CLONE_VFORK the outer process goes on when the command runs, or never will.
  const flags = (plan.namespaces.value | KERNEL.CLONE_VFORK | KERNEL.SIGCHLD) >>> 0;
  const text = `${plan.namespaces.text}|CLONE_VFORK|SIGCHLD`;
  program.step(into('pid', step('create namespaces', 'clone', named(text, flags), 0, 0, 0, 0)));
  program.branchIfResult('equal', 0, 'inside');
  program.waitForInit();
  program.label('inside');
  for (const each of plan.init) program.step(each);
  program.command(plan.command);
  return { elf: encodeProgram(program.finish(), plan.machine), steps: program.steps };
}
