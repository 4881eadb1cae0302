import { type Command, measure, median, type Sample } from './measure.ts';

/** Somebody who can do a piece of work. */
export interface Contender {
  readonly name: string;
  /** Brings everything into the state that the work starts from; not measured. */
  readonly before?: () => void;
  readonly command: () => Command;
}

/** A piece of work that several can do. */
export interface Workload {
  readonly id: string;
  readonly title: string;
  readonly rounds: number;
  /** The first is ours; one that is undefined is not installed. */
  readonly contenders: () => readonly (Contender | undefined)[];
}

/** What a contender needed for a piece of work. */
export interface Score {
  readonly name: string;
  readonly samples: readonly Sample[];
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly cpuMs: number | undefined;
  readonly peakMiB: number | undefined;
  /** Why it is not in the table, if it failed. */
  readonly failure?: string;
}

/** Runs all contenders in turns, so that what slows the machine for a while slows all. */
export function runWorkload(workload: Workload, report: (line: string) => void): Score[] {
  const contenders = workload.contenders().filter((one) => one !== undefined);
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  const failures = new Map<string, string>();
  for (let round = 0; round <= workload.rounds; round++) {
    for (const contender of contenders) {
      if (failures.has(contender.name)) continue;
      try {
        contender.before?.();
        const sample = measure(contender.command());
        // The first round only warms caches.
        if (round > 0) samples.get(contender.name)?.push(sample);
      } catch (error) {
        failures.set(contender.name, error instanceof Error ? error.message : String(error));
        report(`  ${contender.name} failed: ${failures.get(contender.name)?.slice(0, 600)}`);
      }
    }
  }
  return contenders.map(({ name }) => score(name, samples.get(name) ?? [], failures.get(name)));
}

function score(name: string, samples: readonly Sample[], failure: string | undefined): Score {
  const walls = samples.map((sample) => sample.wallMs);
  return {
    name,
    samples,
    medianMs: median(walls),
    minMs: Math.min(...walls),
    maxMs: Math.max(...walls),
    cpuMs: medianOf(samples.map((sample) => sample.cpuMs)),
    peakMiB: medianOf(samples.map((sample) => sample.peakMiB)),
    ...(failure === undefined ? {} : { failure }),
  };
}

function medianOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : median(known);
}
