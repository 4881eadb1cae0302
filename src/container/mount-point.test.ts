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

describe('mountPointLayer', () => {
  it('makes all that an empty image lacks', () => {
    const paths = layerOf({}).map(({ path }) => path);
    expect(paths).toEqual(['', 'dev', 'etc', 'etc/hostname', 'etc/hosts', 'etc/resolv.conf', 'proc', 'sys']);
  });

  it('makes nothing that the image has', () => {
    const nodes = {
      dev: directory(),
      proc: directory(),
      sys: directory(),
      'etc/hosts': file(),
      'etc/hostname': file(),
    };
    expect(layerOf({ ...nodes, 'etc/resolv.conf': link('../run/resolv.conf') })).toEqual([]);
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
    expect(layer.map(({ path }) => path)).toEqual(['', 'conf', 'conf/hostname', 'conf/hosts', 'conf/resolv.conf']);
  });

  it('leaves a place alone where a file or a broken link is in the way', () => {
    const nodes = { dev: directory(), proc: directory(), sys: directory() };
    expect(layerOf({ ...nodes, etc: file() })).toEqual([]);
    expect(layerOf({ ...nodes, etc: link('missing') })).toEqual([]);
  });
});
