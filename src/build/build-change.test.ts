import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ByteString } from '../bytes/index.ts';
import { lsetxattr } from '../host/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { type BuildResult, build } from './index.ts';

/** A change so shortly before a build is not remembered: see stat-cache.ts. */
const TICK_MS = 100;

describe('a change of the context between the key of a step and its layer', () => {
  let directory: string;
  let context: string;
  let store: Store;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'plinth-build-change-'));
    context = join(directory, 'context');
    mkdirSync(join(context, 'directory'), { recursive: true });
    writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY . /\n');
    writeFileSync(join(context, 'empty'), '');
    for (const name of ['directory', 'empty']) note(name, 'one');
    change('1');
    store = openStore(join(directory, 'store'));
    await setTimeout(TICK_MS);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    store.close();
    rmSync(directory, { recursive: true });
  });

  function note(name: string, value: string): void {
    lsetxattr(join(context, name) as ByteString, 'user.note' as ByteString, Buffer.from(value));
  }

  function change(text: string): void {
    writeFileSync(join(context, 'file'), text);
  }

  function make(): Promise<BuildResult> {
    return build({ context, sourceDateEpoch: 0 }, { store });
  }

  it.each(['directory', 'empty'])('makes no record that gives other extended attributes: %s', async (name) => {
    await make();
    change('2');
    const hold = store.hold.bind(store);
    vi.spyOn(store, 'hold').mockImplementationOnce((options) => {
      note(name, 'two');
      return hold(options);
    });
    const changed = await make();
    note(name, 'one');
    const back = await make();
    expect(back.cachedSteps).toBe(0);
    expect(back.image.manifestDigest).not.toBe(changed.image.manifestDigest);
  });
});
