import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../bytes/index.ts';
import { readDockerfile } from '../dockerfile/index.ts';
import { isPlinthError } from '../errors/index.ts';
import { MEDIA_TYPES, type Platform, type ProcessConfig, parsePlatform } from '../oci/index.ts';
import type { StoredImage } from '../store/index.ts';
import type { BuildPlan, PlanStep, StagePlan } from './plan.ts';
import { planBuild } from './plan-build.ts';

const GOLDEN = join(import.meta.dirname, 'golden');
const HOST: Platform = { os: 'linux', architecture: 'amd64' };
const DIGEST = digestOf(Buffer.from(''));

/** An image that sets off instructions in whatever is built on it. */
const BASE: ProcessConfig = {
  Env: ['PATH=/bin', 'FROM_BASE=yes'],
  Cmd: ['/bin/sh'],
  WorkingDir: '/base',
  User: 'nobody',
  OnBuild: ['ARG TRIGGERED=trigger', 'COPY . $FROM_BASE/', 'RUN echo $TRIGGERED'],
};

function image(config: ProcessConfig, platform: Platform): StoredImage {
  const empty = { mediaType: MEDIA_TYPES.config, digest: DIGEST, size: 0 };
  return {
    manifestDigest: DIGEST,
    configDigest: DIGEST,
    manifest: { schemaVersion: 2, mediaType: MEDIA_TYPES.manifest, config: empty, layers: [] },
    config: { ...platform, config, rootfs: { type: 'layers', diff_ids: [] } },
    names: [],
    sizeBytes: 0,
  };
}

interface Request {
  readonly target?: string;
  readonly platform?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
}

function plan(text: string, { target, platform, buildArgs = {} }: Request = {}): BuildPlan {
  return planBuild({
    dockerfile: readDockerfile(text),
    buildArgs: new Map(Object.entries(buildArgs)),
    target,
    platform: platform === undefined ? undefined : parsePlatform(platform),
    hostPlatform: HOST,
    network: 'host',
    findImage: (_, wanted) => image(BASE, wanted),
  });
}

/** A step without what only the Dockerfile's place decides, images by name. */
function shownStep(step: PlanStep): object {
  const { title, range, ...rest } = step;
  const shown = { kind: step.kind, line: range.start.line, index: `${title.index}/${title.total}`, text: title.text };
  if (step.kind === 'from') return shown;
  if (step.kind === 'copy' && step.origin.kind === 'image') return { ...shown, ...rest, origin: step.origin.name };
  return { ...shown, ...rest };
}

function shownStage({ name, base, platform, steps, image: draft }: StagePlan): object {
  return {
    name,
    base: base.kind === 'image' ? `image ${base.name}` : base.kind === 'stage' ? `stage ${base.index}` : base.kind,
    platform: `${platform.os}/${platform.architecture}`,
    steps: steps.map(shownStep),
    config: draft.config,
    history: draft.history.map((line) => (line.kind === 'base' ? 'of the base' : line.createdBy)),
  };
}

describe('golden plans', () => {
  it.each(readdirSync(GOLDEN).filter((name) => !name.includes('.')))('of %s', (name) => {
    const read = (file: string): string => readFileSync(join(GOLDEN, name, file), 'utf8');
    const { stages, target, unusedArgs, warnings } = plan(read('Dockerfile'), JSON.parse(read('request.json')));
    const shown = { target: target.name, unusedArgs, warnings, stages: stages.map(shownStage) };
    const actual = `${JSON.stringify(shown, null, 2)}\n`;
    const path = join(GOLDEN, name, 'plan.json');
    if (process.env.PLINTH_UPDATE_GOLDEN === '1') writeFileSync(path, actual);
    expect(existsSync(path), `${path} exists`).toBe(true);
    expect(actual).toBe(readFileSync(path, 'utf8'));
  });
});

/** The arguments of the only RUN that `text` comes to. */
function runOf(text: string, request?: Request): { readonly env: readonly string[]; readonly args: readonly string[] } {
  const run = plan(text, request)
    .stages.flatMap(({ steps }) => steps)
    .find((step) => step.kind === 'run');
  if (run?.kind !== 'run') throw new Error('no RUN');
  return run;
}

describe('the scope of variables', () => {
  it.each<[name: string, text: string, buildArgs: Record<string, string>, wanted: readonly string[]]>([
    ['ARG before FROM is not seen after it', 'ARG A=1\nFROM scratch\nRUN x', {}, []],
    ['but by ARG without a value', 'ARG A=1\nFROM scratch\nARG A\nRUN x', {}, ['A=1']],
    ['whose own default counts more', 'ARG A=1\nFROM scratch\nARG A=2\nRUN x', {}, ['A=2']],
    ['and what is given counts most', 'ARG A=1\nFROM scratch\nARG A=2\nRUN x', { A: '3' }, ['A=3']],
    ['ENV counts more than ARG', 'FROM scratch\nARG A=1\nENV A=2\nRUN x', { A: '3' }, ['A=2']],
    ['ARG without a value is nothing', 'FROM scratch\nARG A\nRUN x', {}, []],
    ['ENV of a stage is seen by the next on it', 'FROM scratch AS a\nENV A=1\nFROM a\nRUN x', {}, ['A=1']],
    ['ARG of a stage is not', 'FROM scratch AS a\nARG A=1\nFROM a\nRUN x', {}, []],
    ['one ENV sees what was before it', 'FROM scratch\nENV A=1\nENV A=2 B=$A\nRUN x', {}, ['A=2', 'B=1']],
  ])('%s', (_, text, buildArgs, wanted) => {
    const { env } = runOf(text, { buildArgs });
    expect(env.filter((variable) => !variable.startsWith('PATH='))).toEqual(wanted);
  });
});

describe('stages', () => {
  it('that the target does not need are not planned', () => {
    const { stages } = plan('FROM nowhere AS a\nFROM scratch AS b\nFROM b\n', { target: 'b' });
    expect(stages.map(({ name }) => name)).toEqual(['b']);
  });

  it.each([
    ['FROM scratch AS a\nCOPY --from=b x /\nFROM scratch AS b', 'stage-missing', 2],
    ['FROM scratch\nCOPY --from=0 x /', 'stage-missing', 2],
    ['FROM scratch AS a\nRUN --mount=type=cache,target=/x x', 'instruction-unsupported', 2],
  ])('%j is refused with its place', (text, code, line) => {
    let error: unknown;
    try {
      plan(text, { target: '0' });
    } catch (thrown) {
      error = thrown;
    }
    expect(isPlinthError(error) && error.code).toBe(code);
    expect(error).toMatchObject({ details: { range: { start: { line } } } });
  });
});
