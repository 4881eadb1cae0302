import { describe, expect, it } from 'vitest';
import { elfObject } from '../../test/support/elf-object.ts';
import { MachineTable, readElf } from '../elf/index.ts';
import { memoryContent } from '../tree/index.ts';
import { busyBoxPlatform } from './busybox.ts';

describe('busyBoxPlatform', () => {
  const sw64 = readElf(memoryContent(elfObject({ machine: 0x9916, type: 2 })));

  it('takes the name of a machine without a registered number', () => {
    expect(busyBoxPlatform(sw64, new MachineTable([['sw64', 0x9916]]))).toMatchObject({ architecture: 'sw64' });
  });

  it('takes the names of image platforms for all others', () => {
    const elf = readElf(memoryContent(elfObject({ machine: 183, type: 2 })));
    expect(busyBoxPlatform(elf)).toMatchObject({ os: 'linux', architecture: 'arm64' });
  });
});
