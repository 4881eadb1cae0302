// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the words of a Dockerfile, not of JavaScript.
import { describe, expect, it } from 'vitest';
import { platformArgs, resolveGlobalArgs } from './build-arg.ts';
import { findBaseStage, findStage, readDockerfile, readTrigger } from './dockerfile.ts';
import { expandInstruction } from './expand-instruction.ts';
import type { Environment } from './expansion.ts';
import type { Instruction } from './instruction.ts';
import { usedFeatures } from './language-feature.ts';
import { runCommand } from './run-instruction.ts';

/** The one instruction after FROM. */
function read(text: string): Instruction {
  const instruction = readDockerfile(`FROM scratch\n${text}`).stages[0]?.instructions[0];
  if (instruction === undefined) throw new Error('there is no instruction');
  return instruction;
}

/** The fields of an instruction without its place. */
function fields(instruction: Instruction): object {
  const { node, ...rest } = instruction;
  return JSON.parse(JSON.stringify(rest)) as object;
}

const NO_COPY_FLAGS = { files: [], isLinked: false, keepsParents: false, exclude: [], keepsGitDirectory: false };

describe('instructions', () => {
  it.each<[string, object]>([
    [
      'RUN a  b',
      {
        kind: 'run',
        command: { form: 'shell', text: 'a  b' },
        mounts: [],
        network: 'default',
        security: 'sandbox',
        devices: [],
      },
    ],
    ['CMD ["a"]', { kind: 'cmd', command: { form: 'exec', args: ['a'] } }],
    ['CMD []', { kind: 'cmd', command: { form: 'exec', args: [] } }],
    ['ENTRYPOINT a', { kind: 'entrypoint', command: { form: 'shell', text: 'a' } }],
    ['SHELL ["a","-c"]', { kind: 'shell', args: ['a', '-c'] }],
    ['COPY a b c/', { kind: 'copy', sources: ['a', 'b'], destination: 'c/', ...NO_COPY_FLAGS }],
    ['COPY ["a b","c"]', { kind: 'copy', sources: ['a b'], destination: 'c', ...NO_COPY_FLAGS }],
    [
      'COPY --from=X --chown=1:2 --chmod=u+x --link --parents --exclude=*.a --exclude=b c d',
      {
        kind: 'copy',
        sources: ['c'],
        destination: 'd',
        from: 'X',
        chown: '1:2',
        chmod: 'u+x',
        ...NO_COPY_FLAGS,
        isLinked: true,
        keepsParents: true,
        exclude: ['*.a', 'b'],
      },
    ],
    ['COPY --link=false a b', { kind: 'copy', sources: ['a'], destination: 'b', ...NO_COPY_FLAGS }],
    [
      'ADD --checksum=sha256:x --keep-git-dir=TRUE --unpack=false a b',
      {
        kind: 'add',
        sources: ['a'],
        destination: 'b',
        ...NO_COPY_FLAGS,
        checksum: 'sha256:x',
        keepsGitDirectory: true,
        unpack: false,
      },
    ],
    [
      'ENV a=1 b="c d"',
      {
        kind: 'env',
        values: [
          { name: 'a', value: '1' },
          { name: 'b', value: '"c d"' },
        ],
      },
    ],
    ['ENV a b c', { kind: 'env', values: [{ name: 'a', value: 'b c' }] }],
    ['LABEL a=b', { kind: 'label', values: [{ name: 'a', value: 'b' }] }],
    ['ARG a b=c d=', { kind: 'arg', args: [{ name: 'a' }, { name: 'b', value: 'c' }, { name: 'd', value: '' }] }],
    ['WORKDIR /a b', { kind: 'workdir', path: '/a b' }],
    ['USER a:b', { kind: 'user', user: 'a:b' }],
    ['VOLUME /a /b', { kind: 'volume', paths: ['/a', '/b'] }],
    ['VOLUME [" /a "]', { kind: 'volume', paths: ['/a'] }],
    ['EXPOSE 80 $p', { kind: 'expose', ports: ['80', '$p'] }],
    ['STOPSIGNAL $s', { kind: 'stopsignal', signal: '$s' }],
    ['MAINTAINER A <b@c>', { kind: 'maintainer', name: 'A <b@c>' }],
    ['ONBUILD  RUN  a b', { kind: 'onbuild', trigger: 'RUN  a b' }],
    ['ONBUILD COPY <<E /x\na\nE', { kind: 'onbuild', trigger: 'COPY <<E /x\na\nE' }],
    [
      'HEALTHCHECK NONE',
      { kind: 'healthcheck', intervalNs: 0, timeoutNs: 0, startPeriodNs: 0, startIntervalNs: 0, retries: 0 },
    ],
    [
      'HEALTHCHECK --interval=1m30s --timeout=1.5s --start-period=1h --start-interval=500ms --retries=3 cmd ["a"]',
      {
        kind: 'healthcheck',
        command: { form: 'exec', args: ['a'] },
        intervalNs: 90e9,
        timeoutNs: 1.5e9,
        startPeriodNs: 3600e9,
        startIntervalNs: 5e8,
        retries: 3,
      },
    ],
  ])('reads %s', (text, wanted) => {
    expect(fields(read(text))).toEqual(wanted);
  });

  it('reads mounts', () => {
    const run = read('RUN --mount=type=cache,target=/c,readonly --mount=\'"src=a,b",dst=$x\' --network=none make');
    expect(run).toMatchObject({
      network: 'none',
      mounts: [
        {
          type: 'cache',
          fields: new Map([
            ['target', '/c'],
            ['readonly', ''],
          ]),
        },
        {
          type: 'bind',
          fields: new Map([
            ['src', 'a,b'],
            ['dst', '$x'],
          ]),
        },
      ],
    });
  });

  it('reads files that are written in the Dockerfile', () => {
    const copy = read('COPY <<-A <<"B" c /d/\n\t$x\n\tA\n$x\nB\n');
    expect(copy).toMatchObject({
      sources: ['c'],
      files: [
        { name: 'A', content: '$x\n', expand: true },
        { name: 'B', content: '$x\n', expand: false },
      ],
    });
    const expanded = expandInstruction(copy, new Map([['x', 'it\'s "1"']]));
    expect(expanded).toMatchObject({
      files: [
        { content: 'it\'s "1"\n', expand: false },
        { content: '$x\n', expand: false },
      ],
    });
  });

  it.each([
    ['RUN a', { kind: 'shell', text: 'a' }],
    ['RUN ["a","b"]', { kind: 'exec', args: ['a', 'b'] }],
    ['RUN <<E\na\nb\nE', { kind: 'shell', text: 'a\nb\n' }],
    ['RUN <<-E\n\ta\n\tE', { kind: 'shell', text: 'a\n' }],
    ['RUN <<E\n#!/bin/awk -f\nx\nE', { kind: 'script', name: 'E', content: '#!/bin/awk -f\nx\n' }],
    ['RUN <<-E\n\t#!/bin/sh\n\tE', { kind: 'script', name: 'E', content: '#!/bin/sh\n' }],
    ['RUN cat <<E && cat <<-F\na\nE\n\tb\nF', { kind: 'shell', text: 'cat <<E && cat <<-F\na\nE\n\tb\nF' }],
    ['RUN <<E <<F\na\nE\nb\nF', { kind: 'shell', text: '<<E <<F\na\nE\nb\nF' }],
  ])('knows what %j executes', (text, wanted) => {
    const run = read(text);
    expect(run.kind === 'run' && runCommand(run)).toEqual(wanted);
  });

  it('names the features in use', () => {
    expect(
      usedFeatures(read('RUN --mount=type=tmpfs,target=/x --network=host --security=insecure --device=a b')),
    ).toEqual(['run-mount', 'run-network', 'run-security', 'run-device']);
    expect(usedFeatures(read('COPY --link --parents --exclude=a b c'))).toEqual([
      'copy-link',
      'copy-parents',
      'copy-exclude',
    ]);
    expect(usedFeatures(read('ADD https://a.example/b.tar.gz c'))).toEqual(['add-url']);
    expect(usedFeatures(read('ADD https://a.example/b.git#main c'))).toEqual(['add-git']);
    expect(usedFeatures(read('ADD git@a.example:b c d'))).toEqual(['add-git']);
    expect(usedFeatures(read('ADD --checksum=a --keep-git-dir --unpack x y'))).toEqual([
      'add-checksum',
      'add-keep-git-dir',
      'add-unpack',
    ]);
    expect(usedFeatures(read('COPY https://a b'))).toEqual([]);
  });
});

describe('expandInstruction', () => {
  const env: Environment = new Map([
    ['a', '1'],
    ['ports', '80 443/udp'],
    ['sig', 'SIGINT'],
    ['bad', 'nonsense'],
  ]);

  it.each<[string, object]>([
    [
      'ENV $a=$a "b"=\'$a\' a=2',
      {
        values: [
          { name: '1', value: '1' },
          { name: 'b', value: '$a' },
          { name: 'a', value: '2' },
        ],
      },
    ],
    ['ENV k  $a  "x y"', { values: [{ name: 'k', value: '1  x y' }] }],
    [
      'LABEL x="$a" y=\\$a',
      {
        values: [
          { name: 'x', value: '1' },
          { name: 'y', value: '$a' },
        ],
      },
    ],
    [
      'COPY --chown=$a --chmod=$a --exclude=$a $a b$a',
      { sources: ['1'], destination: 'b1', chown: '1', chmod: '1', exclude: ['1'] },
    ],
    ['ADD --checksum=$a ["$a", "b"]', { sources: ['1'], checksum: '1' }],
    [
      'ARG x=$a $a',
      {
        args: [
          { name: 'x', value: '1' },
          { name: '1', value: undefined },
        ],
      },
    ],
    ['WORKDIR /$a', { path: '/1' }],
    ['USER $a', { user: '1' }],
    ['VOLUME $a "/x"', { paths: ['1', '/x'] }],
    ['STOPSIGNAL ${sig}', { signal: 'SIGINT' }],
    ['EXPOSE $ports 8000-8002/UDP 53', { ports: ['80/tcp', '443/udp', '8000/udp', '8001/udp', '8002/udp', '53/tcp'] }],
    ['RUN --mount=type=cache,target=/$a x', { mounts: [{ type: 'cache', fields: new Map([['target', '/1']]) }] }],
    ['RUN echo $a', { command: { form: 'shell', text: 'echo $a' } }],
    ['CMD ["$a"]', { command: { form: 'exec', args: ['$a'] } }],
    ['ENTRYPOINT $a', { command: { form: 'shell', text: '$a' } }],
    ['HEALTHCHECK CMD $a', { command: { form: 'shell', text: '$a' } }],
    ['ONBUILD RUN $a', { trigger: 'RUN $a' }],
  ])('in %s', (text, wanted) => {
    expect(expandInstruction(read(text), env)).toMatchObject(wanted);
  });

  it.each([
    ['ENV a=b c="${', 'dockerfile-expansion-invalid'],
    ['USER ${none:?who}', 'dockerfile-variable-missing'],
    ['EXPOSE $bad', 'dockerfile-value-invalid'],
    ['STOPSIGNAL $bad', 'dockerfile-value-invalid'],
  ])('refuses %s with its place', (text, code) => {
    const instruction = read(text);
    const range = expect.objectContaining({ start: { line: 2, column: 1 } });
    const details = expect.objectContaining({ line: 2, range });
    expect(() => expandInstruction(instruction, env)).toThrow(expect.objectContaining({ code, details }));
  });

  it('refuses a FROM that comes out blank', () => {
    const from = readDockerfile('FROM $none').stages[0]?.from;
    expect(() => from && expandInstruction(from, env)).toThrow(/image of FROM is blank/);
  });

  it('uses the escape character of the file', () => {
    const file = readDockerfile('# escape=`\nFROM a\nWORKDIR c:\\`$a');
    const workdir = file.stages[0]?.instructions[0];
    expect(workdir && expandInstruction(workdir, env, file.escape)).toMatchObject({ path: 'c:\\$a' });
  });
});

describe('stages', () => {
  const file = readDockerfile('FROM a AS One\nRUN x\nFROM one AS two\nFROM b AS one\nFROM ONE\n');

  it('hold what follows their FROM', () => {
    expect(file.stages.map(({ from, instructions }) => [from.image, from.stageName, instructions.length])).toEqual([
      ['a', 'one', 1],
      ['one', 'two', 0],
      ['b', 'one', 0],
      ['ONE', undefined, 0],
    ]);
  });

  it('are found by number and name', () => {
    expect(findStage(file.stages, '1')?.index).toBe(1);
    expect(findStage(file.stages, 'TWO')?.index).toBe(1);
    expect(findStage(file.stages, 'one')?.index).toBe(2);
    expect(findStage(file.stages, '4')).toBeUndefined();
    expect(findStage(file.stages, 'three')).toBeUndefined();
  });

  it('build upon the nearest stage before them', () => {
    const bases = file.stages.map((stage) => findBaseStage(file.stages, stage, stage.from.image)?.index);
    expect(bases).toEqual([undefined, 0, undefined, 2]);
  });

  it('see global arguments, each those before it', () => {
    const { globalArgs, ...rest } = readDockerfile(
      'ARG a=1\nARG b=${a}2 c\nARG d=${c:-none} e=$TARGETARCH\nARG f=${g:?}\nFROM x',
    );
    const platform = platformArgs(
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64', variant: 'v8' },
    );
    const scope = resolveGlobalArgs(
      { globalArgs, ...rest },
      new Map([
        ['a', '9'],
        ['f', ''],
        ['z', 'unused'],
      ]),
      platform,
    );
    expect(Object.fromEntries(scope)).toEqual({
      BUILDPLATFORM: 'linux/amd64',
      BUILDOS: 'linux',
      BUILDARCH: 'amd64',
      BUILDVARIANT: '',
      TARGETPLATFORM: 'linux/arm64/v8',
      TARGETOS: 'linux',
      TARGETARCH: 'arm64',
      TARGETVARIANT: 'v8',
      a: '9',
      b: '92',
      d: 'none',
      e: 'arm64',
      f: '',
    });
  });
});

describe('readTrigger', () => {
  it('reads the instruction of an ONBUILD', () => {
    expect(readTrigger('COPY <<E /x\na\nE')).toMatchObject({ kind: 'copy', files: [{ content: 'a\n' }] });
  });

  it.each(['', 'RUN a\nRUN b', 'XYZ'])('refuses %j', (text) => {
    expect(() => readTrigger(text)).toThrow(/read Dockerfile/);
  });
});
