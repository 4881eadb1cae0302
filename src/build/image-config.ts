import { definedMembers, type HistoryEntry, type ImageConfig, type ProcessConfig } from '../oci/index.ts';
import type { HistoryLine } from './image-draft.ts';
import { formatTimeNs } from './image-time.ts';
import type { StagePlan } from './plan.ts';
import type { StageState } from './step-work.ts';

const COMMENT = 'plinth.dockerfile';

/** What the configuration of an image is made from. */
export interface ImageFacts {
  readonly stage: StagePlan;
  readonly state: StageState;
  /** The steps that made a layer, by id. */
  readonly layeredSteps: ReadonlySet<string>;
  readonly labels: Readonly<Record<string, string>>;
}

/** The configuration of the image that a stage came to. Everything in it follows from the input, also the times. */
export function imageConfig({ stage, state, layeredSteps, labels }: ImageFacts): ImageConfig {
  const created = formatTimeNs(state.epochNs);
  const { image, platform } = stage;
  return definedMembers<ImageConfig>({
    created,
    author: image.author,
    architecture: platform.architecture,
    os: platform.os,
    variant: platform.variant,
    'os.version': platform['os.version'],
    'os.features': platform['os.features'],
    config: withLabels(image.config, labels),
    rootfs: { type: 'layers', diff_ids: state.layers },
    history: image.history.map((line) => historyEntry(line, created, layeredSteps)),
    raw: undefined,
  });
}

function withLabels(config: ProcessConfig, labels: Readonly<Record<string, string>>): ProcessConfig {
  return Object.keys(labels).length === 0 ? config : { ...config, Labels: { ...config.Labels, ...labels } };
}

function historyEntry(line: HistoryLine, created: string, layeredSteps: ReadonlySet<string>): HistoryEntry {
  if (line.kind === 'base') return line.entry;
  const { createdBy, step } = line;
  const isLayer = step !== undefined && layeredSteps.has(step);
  return { created, created_by: createdBy, comment: COMMENT, ...(isLayer ? {} : { empty_layer: true }) };
}
