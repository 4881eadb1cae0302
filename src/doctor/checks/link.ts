import { type ByteString, decodeText } from '../../bytes/index.ts';
import { nearMiss } from '../../errors/index.ts';
import { type Finding, type Fix, finding } from '../finding.ts';
import { hostProgram } from '../host-files.ts';
import { join, lastName, parent } from '../patient.ts';
import type { CheckContext } from './check.ts';
import { rebuild, sameNameElsewhere } from './replace.ts';

/** If it is a symbolic link that keeps `path` from being found. */
export function linkFinding(context: CheckContext, path: ByteString, why: string): Finding | undefined {
  const { patient } = context;
  const places = path.includes('/') ? [path] : patient.directories.map((directory) => join(directory, path));
  const link = places.map((place) => patient.brokenLink(place)).find((found) => found !== undefined);
  if (link === undefined) return undefined;
  const [from, to] = [link.path, link.target].map(decodeText);
  const cause = link.isLoop
    ? `${from} is a link to ${to}, and that leads back to it.`
    : `${from} is a link to ${to}, which is not there.`;
  const seen = link.isLoop ? why.replace(/: [^:]*$/, ': too many levels of symbolic links') : why;
  return finding(link.isLoop ? 'link-loop' : 'link-broken', link.path, {
    why: seen,
    cause,
    fix: relinked(context, link.path, link.target),
  });
}

function relinked(context: CheckContext, link: ByteString, target: ByteString): Fix {
  const { patient, mender } = context;
  const place = target.startsWith('/') ? target : join(parent(link), target);
  const other = sameNameElsewhere(context, place) ?? sibling(context, place) ?? sameNameElsewhere(context, link);
  if (other !== undefined) return mender.link(other, link);
  const files = hostProgram(patient, link, undefined);
  return files === undefined ? rebuild(context, link) : mender.fromHost(files);
}

/** What lies beside the place where the link leads, with a similar name: another version of it. */
function sibling({ patient }: CheckContext, place: ByteString): ByteString | undefined {
  const node = patient.tree.resolve(parent(place))?.node;
  if (node?.kind !== 'directory') return undefined;
  const stem = lastName(place).replace(/[\d.-]+$/, '');
  const files = [...node.children.keys()].filter((name) => patient.file(join(parent(place), name)) !== undefined);
  const name = nearMiss(lastName(place), files) ?? files.find((one) => stem !== '' && one.startsWith(stem));
  return name === undefined ? undefined : join(parent(place), name as ByteString);
}
