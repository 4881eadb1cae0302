import { describe, expect, it } from 'vitest';
import { compilePlan } from './compile-plan.ts';
import { defaultSpec } from './default-spec.ts';
import { formatPlan } from './format-plan.ts';
import { type Plan, type PlanOptions, planContainer } from './plan.ts';
import type { ProcessSpec, RuntimeSpec } from './spec.ts';

const overlay = { lower: ['/s/top', '/s/base'], upper: '/c/upper', work: '/c/work', merged: '/c/merged' };

const process: ProcessSpec = {
  args: ['sh', '-c', 'true'],
  env: ['PATH=/bin:/usr/bin'],
  cwd: '/work',
  user: { uid: 1000, gid: 1000, additionalGids: [5] },
  noNewPrivileges: true,
};

function specOf(machine: PlanOptions['machine'], change: Partial<ProcessSpec> = {}): RuntimeSpec {
  const mounts = [{ destination: '/data', type: 'bind', source: '/host/data', options: ['rbind', 'ro'] }];
  const wanted = { machine, rootPath: overlay.merged, hostname: 'box', network: 'none', mounts } as const;
  return defaultSpec({ ...wanted, process: { ...process, ...change } });
}

function plan(spec: RuntimeSpec, change: Partial<PlanOptions> = {}): Plan {
  return planContainer(spec, {
    machine: 'x86-64',
    parentPid: 42,
    overlay,
    userNamespace: 'none',
    stdio: ['null', 'pipe', 'pipe'],
    isDirectory: () => true,
    unifiedCgroups: true,
    ...change,
  });
}

describe('the plan of a container', () => {
  it.each([
    ['root', plan(specOf('x86-64'))],
    ['root-arm64', plan(specOf('arm64'), { machine: 'arm64' })],
    ['terminal', plan(specOf('x86-64', { terminal: true }), { terminalSize: { rows: 30, columns: 100 } })],
    ['namespace-root', plan(specOf('x86-64'), { userNamespace: 'inside' })],
    ['new-namespace', plan(specOf('x86-64'), { userNamespace: 'create', singleId: true })],
  ])('%s', async (name, made) => {
    await expect(formatPlan(made)).toMatchFileSnapshot(`golden/plan-${name}.txt`);
  });

  it('compiles to the same steps on every machine', () => {
    const names = (machine: PlanOptions['machine']) =>
      compilePlan(plan(specOf(machine), { machine })).steps.map(({ call, what }) => `${call}: ${what}`);
    // The lengths of the filters differ, their steps do not.
    expect(names('arm64')).toEqual(names('x86-64'));
  });

  it('names nothing in /dev by a path that a volume may cover', () => {
    for (const change of [{}, { terminal: true }]) {
      const { init } = plan(specOf('x86-64', change));
      const volume = init.findIndex((step) => step.what === 'bind /host/data on /data' && step.call === 'move_mount');
      const later = init.slice(volume).flatMap((step) => step.args.filter((argument) => typeof argument === 'string'));
      expect(later.filter((argument) => argument.startsWith('/dev'))).toEqual([]);
    }
  });

  it.each([
    [{ 'kernel.msgmax': '1' }, 'runtime-spec-unsupported'],
    [{ 'net/../../x': '1' }, 'runtime-spec-unsupported'],
  ])('refuses the kernel parameters %j, which are not of the container alone', (sysctl, code) => {
    const spec = specOf('x86-64');
    expect(() => plan({ ...spec, linux: { ...spec.linux, sysctl } })).toThrow(expect.objectContaining({ code }));
  });

  it('holds no descriptor of the host when a path of the image is used', () => {
    const { init } = plan(specOf('x86-64'));
    const at = (what: string) => init.findIndex((step) => step.what === what);
    expect(at('close overlay directories')).toBe(at(`mount overlay on ${overlay.merged}`) + 1);
    expect(at('close overlay directories')).toBeLessThan(at('pivot root'));
    expect(at('close descriptors of the start')).toBeGreaterThan(
      init.findLastIndex((step) => step.call === 'move_mount'),
    );
    expect(at('close descriptors of the start')).toBeLessThan(at('enter directory /work'));
  });
});
