import type { ByteString } from '../../bytes/index.ts';
import { decodeText, encodeText } from '../../bytes/index.ts';
import type { ProcessConfig } from '../../oci/index.ts';
import { baseName, parentPath, ROOT_PATH, type TreePath } from '../../tree/index.ts';
import { commandsFix, dockerfileFix, type Fix } from '../finding.ts';
import { copyLine, execForm, shellWord } from '../quote.ts';
import type { CheckContext } from './check.ts';

/**
 * A Dockerfile that makes the image again from nothing, without what lies at `path`: where RUN does not work, no later
 * step of the image itself can remove anything.
 */
export function withoutPath({ patient }: CheckContext, path: string): Fix {
  const { source, config = {} } = patient.facts;
  const resolved = patient.tree.resolve(encodeText(path), { followLast: false })?.path;
  if (source.kind !== 'image') {
    const place = source.kind === 'directory' ? source.path : '.';
    return commandsFix(`rm -rf ${shellWord(`${place}/${decodeText((resolved ?? path) as string as ByteString)}`)}`);
  }
  const kept = resolved === undefined ? [] : siblings(patient.tree, resolved);
  const copies = kept.map(({ directory, names }) => {
    const sources = names.map((name) => `${directory}${name}` as ByteString);
    return sources.map((one) => copyLine([`--from=${source.name}`], [one, one]));
  });
  return dockerfileFix('FROM scratch', ...copies.flat(), ...configLines(config));
}

/** A Dockerfile that makes the image again with another config: what an instruction has added, a later one cannot take away. */
export function withConfig({ patient }: CheckContext, config: ProcessConfig): Fix {
  const { source } = patient.facts;
  const name = source.kind === 'image' ? source.name : '';
  return dockerfileFix('FROM scratch', `COPY --from=${name} / /`, ...configLines(config));
}

interface Level {
  readonly directory: string;
  readonly names: readonly ByteString[];
}

/** All that lies beside a path, and beside the directories above it. */
function siblings(tree: CheckContext['patient']['tree'], path: TreePath): Level[] {
  const levels: Level[] = [];
  for (let here = path; here !== ROOT_PATH; here = parentPath(here)) {
    const above = parentPath(here);
    const node = tree.lookup(above);
    if (node?.kind !== 'directory') return levels;
    const names = [...node.children.keys()].filter((name) => name !== baseName(here)).sort();
    levels.unshift({ directory: above === ROOT_PATH ? '/' : `/${above}/`, names });
  }
  return levels;
}

/** The instructions that give an image this config. */
export function configLines(config: ProcessConfig): string[] {
  const {
    Env = [],
    User,
    WorkingDir,
    Entrypoint,
    Cmd,
    ExposedPorts = {},
    Volumes = {},
    Labels = {},
    StopSignal,
  } = config;
  const pair = (name: string, value: string): string => `${name}=${JSON.stringify(value).replaceAll('$', '\\$')}`;
  const variable = (entry: string): string =>
    pair(entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1));
  return [
    ...(Env.length === 0 ? [] : [`ENV ${Env.map(variable).join(' ')}`]),
    ...Object.entries(Labels).map(([name, value]) => `LABEL ${pair(JSON.stringify(name), value)}`),
    ...Object.keys(ExposedPorts).map((port) => `EXPOSE ${port}`),
    ...(WorkingDir === undefined ? [] : [`WORKDIR ${WorkingDir}`]),
    ...Object.keys(Volumes).map((volume) => `VOLUME ${execForm([volume])}`),
    ...(User === undefined ? [] : [`USER ${User}`]),
    ...(StopSignal === undefined ? [] : [`STOPSIGNAL ${StopSignal}`]),
    ...(Entrypoint === undefined ? [] : [`ENTRYPOINT ${execForm(Entrypoint)}`]),
    ...(Cmd === undefined ? [] : [`CMD ${execForm(Cmd)}`]),
  ];
}
