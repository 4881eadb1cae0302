// npm run bench -- [WORKLOAD…]: measures Plinth beside whichever peers are installed, in one run.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { DOCKER, startDocker, versionOf } from './peers.ts';
import { formatScores } from './table.ts';
import { runWorkload } from './workload.ts';
import { workloads } from './workloads.ts';

const PROGRAMS: readonly (readonly [string, (readonly string[])?])[] = [
  [DOCKER ?? 'docker'],
  ['buildah'],
  ['podman'],
  ['crun'],
  ['runc'],
  ['mke2fs', ['-V']],
  ['genext2fs', ['-V']],
  ['tar'],
  ['gzip'],
  ['xz'],
  ['pigz'],
];

const wanted = process.argv.slice(2);
const directory = mkdtempSync(join(process.env.PLINTH_BENCH_DIR ?? tmpdir(), 'plinth-bench-'));
const log = (line: string): void => void process.stderr.write(`${line}\n`);
const docker = await startDocker(join(directory, 'docker'));
try {
  const chosen = workloads({ directory, docker }).filter(
    ({ id }) => wanted.length === 0 || wanted.some((one) => id.startsWith(one)),
  );
  process.stdout.write(machine());
  for (const workload of chosen) {
    log(`${workload.id}: ${workload.title}`);
    process.stdout.write(`${formatScores(workload, runWorkload(workload, log))}\n`);
  }
} finally {
  await docker?.stop();
  rmSync(directory, { recursive: true, force: true });
}

function machine(): string {
  const versions = PROGRAMS.map(([program, args]) => versionOf(program, args) ?? `no ${program}`);
  const [cpu] = cpus();
  const facts = [
    new Date().toISOString().slice(0, 10),
    `Linux ${release()}`,
    `${cpus().length} × ${cpu?.model ?? 'unknown CPU'}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Node ${process.version}`,
  ];
  return `${facts.join(' · ')}\n\nPeers: ${versions.join('; ')}.\n\n`;
}
