import { describe, expect, it } from 'vitest';
import { encodeText } from '../bytes/index.ts';
import {
  type Attributes,
  EMPTY_CONTENT,
  mustTreePath,
  NO_CHILDREN,
  NO_XATTRS,
  type Node,
  TreeEditor,
} from '../tree/index.ts';
import { mountPointLayer } from './mount-point.ts';

const PLAIN: Attributes = { mode: 0o755, uid: 0, gid: 0, mtimeNs: 0n, xattrs: NO_XATTRS };
const directory = (attributes: Partial<Attributes> = {}): Node => ({
  kind: 'directory',
  ...PLAIN,
  ...attributes,
  children: NO_CHILDREN,
});
const link = (target: string): Node => ({ kind: 'symlink', ...PLAIN, target: encodeText(target) });
const file = (): Node => ({ kind: 'file', ...PLAIN, content: EMPTY_CONTENT });

function layerOf(nodes: Record<string, Node>) {
  const editor = new TreeEditor();
  for (const [path, node] of Object.entries(nodes)) editor.put(mustTreePath(encodeText(path)), node);
  return mountPointLayer(editor.finish());
}

const whole = {
  dev: directory(),
  proc: directory(),
  sys: directory(),
  'etc/hosts': file(),
  'etc/hostname': file(),
  'etc/mtab': link('elsewhere'),
};

describe('mountPointLayer', () => {
  it('makes all that an empty image lacks', () => {
    const paths = layerOf({}).map(({ path }) => path);
    expect(paths).toEqual(['', 'dev', 'etc', 'etc/hostname', 'etc/hosts', 'etc/resolv.conf', 'proc', 'sys']);
  });

  it('makes nothing that the image has', () => {
    const nodes = { ...whole, 'etc/resolv.conf': link('../run/resolv.conf') };
    expect(layerOf({ ...nodes, 'run/resolv.conf': file() })).toEqual([]);
  });

  it('makes the link to the table of mounts only in an /etc of the image that has none', () => {
    const { 'etc/mtab': _, ...without } = whole;
    const nodes = { ...without, 'etc/resolv.conf': file() };
    expect(layerOf(nodes).map(({ path }) => path)).toEqual(['', 'etc', 'etc/mtab']);
    expect(layerOf(nodes)[2]).toMatchObject({ node: { kind: 'symlink', target: '/proc/mounts' } });
    expect(layerOf({ ...nodes, 'etc/mtab': file() })).toEqual([]);
  });

  it("repeats the attributes of the image's directories", () => {
    const nodes = { '': directory({ mode: 0o711 }), etc: directory({ mode: 0o700, uid: 5, mtimeNs: 9n }) };
    const layer = layerOf({ ...nodes, dev: directory(), proc: directory(), sys: directory() });
    expect(layer[0]).toMatchObject({ path: '', node: { mode: 0o711 } });
    expect(layer[1]).toMatchObject({ path: 'etc', node: { mode: 0o700, uid: 5, mtimeNs: 9n } });
  });

  it('goes through links of the image, inside the root', () => {
    const layer = layerOf({
      etc: link('/../../conf'),
      conf: directory(),
      dev: directory(),
      proc: directory(),
      sys: directory(),
    });
    expect(layer.map(({ path }) => path)).toEqual([
      '',
      'conf',
      'conf/hostname',
      'conf/hosts',
      'conf/mtab',
      'conf/resolv.conf',
    ]);
  });

  it('makes what a link leads to, also through further links', () => {
    const nodes = {
      ...whole,
      'etc/resolv.conf': link('../run/net/resolv.conf'),
      run: link('/var/run'),
      var: directory(),
    };
    expect(layerOf(nodes).map(({ path }) => path)).toEqual([
      '',
      'var',
      'var/run',
      'var/run/net',
      'var/run/net/resolv.conf',
    ]);
  });

  it('leaves a place alone where a file or a circle of links is in the way', () => {
    const nodes = { dev: directory(), proc: directory(), sys: directory() };
    expect(layerOf({ ...nodes, etc: file() })).toEqual([]);
    expect(layerOf({ ...nodes, etc: link('etc') })).toEqual([]);
  });
});
