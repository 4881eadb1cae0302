import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { elfObject } from '../support/elf-object.ts';
import { inDirectory, plinth, plinthOk } from '../support/plinth.ts';

const SW64 = 0x9916;

function run(file: string, ...args: readonly string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

it('takes a system for a machine that no registry knows the whole way: context, image, archive, disk', async () => {
  await inDirectory((directory) => {
    const [env, cwd] = [{ PLINTH_ROOT: join(directory, 'store') }, directory];
    const applets = 'BusyBox v1.32.1 (x)\0[\0ash\0cat\0echo\0ls\0mount\0sh\0sleep\0true\0wc\0';
    const program = staticProgram(SW64, Buffer.from(`\0${applets}`));
    writeFileSync(join(directory, 'busybox'), program);
    plinthOk(['new', 'minios', '--busybox', 'busybox', '--platform', 'linux/sw64', 'context'], { env, cwd });
    writeFileSync(
      join(directory, 'context/Dockerfile'),
      readFileSync(join(directory, 'context/Dockerfile'), 'utf8').replace(/^RUN .*\n/m, ''),
    );
    plinthOk(['build', '--platform', 'linux/sw64', '-t', 'minios', 'context'], { env, cwd });
    expect(plinthOk(['inspect', 'minios'], { env })).toContain('"Architecture": "sw64"');
    const refused = plinth(['run', '--rm', 'minios'], { env });
    expect([refused.status, refused.stderr]).toEqual([125, expect.stringContaining('the image is for linux/sw64')]);

    const asSw64 = ['--machine', `sw64=0x${SW64.toString(16)}`];
    const sound = plinth(['doctor', ...asSw64, 'minios'], { env });
    expect(sound.stdout).toContain('linux/sw64');
    expect(sound.stdout).not.toContain('program-other-machine');
    const other = plinth(['doctor', '--machine', 'sw64=0x9917', 'minios'], { env });
    expect([other.status, other.stdout]).toEqual([1, expect.stringContaining('program-other-machine')]);

    plinthOk(['save', '--format', 'oci', '-o', 'minios.oci.tar', 'minios'], { env, cwd });
    const archive = `oci-archive:${join(directory, 'minios.oci.tar')}`;
    const foreign = ['--override-arch', 'sw64', '--override-os', 'linux'];
    expect(JSON.parse(run('skopeo', ...foreign, 'inspect', archive))).toMatchObject({
      Architecture: 'sw64',
      Os: 'linux',
    });
    const layout = join(directory, 'layout');
    run('skopeo', ...foreign, '--insecure-policy', 'copy', archive, `oci:${layout}:minios`);
    const bundle = join(directory, 'bundle');
    run('umoci', 'unpack', '--rootless', '--image', `${layout}:minios`, bundle);
    expect(readFileSync(join(bundle, 'rootfs/bin/sh')).equals(program)).toBe(true);

    const disk = join(directory, 'minios.ext4');
    plinthOk(['disk', 'minios', disk], { env });
    run('e2fsck', '-fn', disk);
    run('debugfs', '-R', `dump /bin/busybox ${join(directory, 'read')}`, disk);
    expect(readFileSync(join(directory, 'read')).equals(program)).toBe(true);
    expect(run('readelf', '-h', join(directory, 'read'))).toMatch(/Machine: .*0x9916/);
  });
});

/** An executable without interpreter and libraries. */
function staticProgram(machine: number, tail: Buffer): Buffer {
  return elfObject({ machine, type: 2, tail });
}
