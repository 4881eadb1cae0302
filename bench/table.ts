import type { Score, Workload } from './workload.ts';

/** One workload's scores as a Markdown table; ratios are to the first contender, ours: above 1 means we are faster. */
export function formatScores(workload: Workload, scores: readonly Score[]): string {
  const ours = scores[0]?.medianMs;
  const rows = scores.map((score) => {
    if (score.failure !== undefined || score.samples.length === 0) return `| ${score.name} | failed | | | | |`;
    const ratio = ours === undefined ? '' : `${(score.medianMs / ours).toFixed(2)}×`;
    return `| ${[score.name, time(score.medianMs), `${time(score.minMs)} – ${time(score.maxMs)}`, ratio, cpu(score), memory(score)].join(' | ')} |`;
  });
  return [
    `### ${workload.title}`,
    '',
    '| | median | min – max | to ours | CPU | peak memory |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function time(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

function cpu({ cpuMs }: Score): string {
  return cpuMs === undefined ? '' : time(cpuMs);
}

function memory({ peakMiB }: Score): string {
  return peakMiB === undefined ? '' : `${peakMiB.toFixed(0)} MiB`;
}
