import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage, type ContainerPlace, makePlace, users } from './container-place.ts';

describe.each(users('plinth-options'))('the options of containers of %s', (_, userName) => {
  let place: ContainerPlace;
  let host: string;
  beforeAll(() => {
    place = makePlace(userName);
    host = join(place.directory, 'host');
    mkdirSync(host);
    chmodSync(host, 0o777);
    writeFileSync(join(host, 'file'), 'from outside\n', { mode: 0o666 });
    chmodSync(join(host, 'file'), 0o666);
    buildImage(
      place,
      'linked',
      `FROM mini
ENV A=image B=image
RUN ln -s ${host} /out && ln -s ../../../../..${host} /up && mkdir /real && ln -s /real /inside && ln -s /dev /to-dev
RUN echo 'web:x:33:44::/srv/web:' >>/etc/passwd && echo 'crew:x:55:web' >>/etc/group && echo 'team:x:66:' >>/etc/group
`,
    );
  });
  afterAll(() => place.remove());

  const run = (...args: readonly string[]) => place.plinth(['run', '--rm', ...args]);

  it('-v shows a directory, to be written or not', () => {
    expect(run('-v', `${host}:/mnt`, 'mini', 'sh', '-c', 'cat /mnt/file; echo new >/mnt/new')).toMatchObject({
      status: 0,
      stdout: 'from outside\n',
    });
    expect(readFileSync(join(host, 'new'), 'utf8')).toBe('new\n');
    const refused = run('-v', `${host}:/mnt:ro`, 'mini', 'sh', '-c', 'echo x >/mnt/refused');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('Read-only file system');
    expect(existsSync(join(host, 'refused'))).toBe(false);
  });

  it('-v shows a file, in place of one of the image or where there is none', () => {
    const file = join(host, 'file');
    expect(
      run('-v', `${file}:/etc/passwd:ro`, '-v', `${file}:/new/place`, 'mini', 'cat', '/etc/passwd', '/new/place')
        .stdout,
    ).toBe('from outside\nfrom outside\n');
  });

  it('-v makes a directory of a source that is missing', () => {
    const made = join(host, 'made/deep');
    expect(run('-v', `${made}:/mnt`, 'mini', 'touch', '/mnt/x').status).toBe(0);
    expect(existsSync(join(made, 'x'))).toBe(true);
    const blocked = run('-v', `${host}/file/below:/mnt`, 'mini', 'true');
    expect(blocked.status).toBe(125);
    expect(blocked.stderr).toContain(`mount ${host}/file/below: it is not there and cannot be made`);
  });

  it('-v never leaves the root through links of the image', () => {
    const before = statSync(host).mtimeMs;
    for (const target of ['/out', '/out/sub', '/up/sub', '/inside/sub']) {
      const { status, stdout } = run('-v', `${host}/file:${target}/f`, 'linked', 'cat', `${target}/f`);
      if (status === 0) expect(stdout).toBe('from outside\n');
      else expect(status).toBe(125);
    }
    expect(statSync(host).mtimeMs).toBe(before);
    expect(existsSync(join(host, 'sub'))).toBe(false);
    expect(existsSync(join(host, 'f'))).toBe(false);
  });

  it('-e adds to the environment of the image and takes from ours', () => {
    const options = ['-e', 'A=given', '-e', 'C=1=2', '-e', 'FROM_US', '-e', 'NOT_SET'];
    const shown = place.plinth(['run', '--rm', ...options, 'linked', 'env'], { env: { FROM_US: 'ours' } });
    const lines = shown.stdout.split('\n');
    expect(lines).toEqual(expect.arrayContaining(['A=given', 'B=image', 'C=1=2', 'FROM_US=ours', 'HOME=/root']));
    expect(shown.stdout).not.toContain('NOT_SET');
  });

  it.each([
    ['web', 'uid=33(web) gid=44 groups=44,55(crew)\n/srv/web\n'],
    ['web:team', 'uid=33(web) gid=66(team) groups=66(team)\n/srv/web\n'],
    ['7:crew', 'uid=7 gid=55(crew) groups=55(crew)\n/\n'],
    ['0', 'uid=0(root) gid=0(root) groups=0(root)\n/root\n'],
  ])('-u %s', (user, expected) => {
    const { stdout } = run('-u', user, 'linked', 'sh', '-c', 'id; echo $HOME');
    expect(stdout).toBe(expected);
  });

  it('--entrypoint, --hostname, --read-only, --network', () => {
    expect(run('--entrypoint', 'echo', 'mini', 'a', 'b').stdout).toBe('a b\n');
    expect(run('-h', 'box', 'mini', 'sh', '-c', 'hostname; cat /etc/hostname; grep -c box /etc/hosts').stdout).toBe(
      'box\nbox\n1\n',
    );
    expect(run('--read-only', 'mini', 'touch', '/x').stderr).toContain('Read-only file system');
    expect(run('--network', 'none', 'mini', 'ls', '/sys/class/net').stdout).toBe('lo\n');
    const links = readFileSync('/proc/net/dev', 'utf8').split('\n').length;
    expect(run('--network', 'host', 'mini', 'cat', '/proc/net/dev').stdout.split('\n')).toHaveLength(links);
  });

  it('--network none lets every user ping and use every port', () => {
    const { stdout } = run(
      ...['--network', 'none', '-u', '1000:1000', 'mini', 'sh', '-c'],
      'cat /proc/sys/net/ipv4/ping_group_range; echo hello | nc -l -p 80 127.0.0.1 & sleep 0.3; nc 127.0.0.1 80 </dev/null',
    );
    expect(stdout).toBe(`0\t${userName === undefined ? 2147483647 : 65535}\nhello\n`);
  });

  it('-v that a link of the image leads to /dev takes neither devices nor masks away', () => {
    const host = join(place.directory, 'not-dev');
    mkdirSync(host);
    writeFileSync(join(host, 'only'), '');
    const script = 'ls /dev; cat /proc/timer_list | wc -c; cat; echo status $?';
    const { stdout, stderr } = run('-v', `${host}:/to-dev`, 'linked', 'sh', '-c', script);
    expect({ stdout, stderr }).toEqual({ stdout: 'only\n0\nstatus 0\n', stderr: '' });
    expect(readdirSync(host)).toEqual(['only']);
  });

  it('shows mounts in /etc/mtab, of which no layer tells', () => {
    expect(run('mini', 'sh', '-c', 'readlink /etc/mtab; grep -c " /proc proc " /etc/mtab').stdout).toBe(
      '/proc/mounts\n1\n',
    );
    buildImage(place, 'committed', 'FROM mini\nRUN test -L /etc/mtab && touch /etc/new\n');
    place.plinth(['build', '-q', '-o', 'type=tar,dest=committed.tar', '-f', '-', 'context-committed'], {
      input: 'FROM committed\n',
    });
    const names = execFileSync('tar', ['-tf', join(place.directory, 'committed.tar')], { encoding: 'utf8' });
    expect(names).toMatch(/etc\/new$/m);
    expect(names).not.toMatch(/mtab/);
  });

  it('ps shows and rm removes', () => {
    expect(place.plinth(['run', '--name', 'one', 'mini', 'sh', '-c', 'exit 3']).status).toBe(3);
    expect(place.plinth(['ps']).stdout).not.toContain('one');
    expect(place.plinth(['ps', '-a']).stdout).toMatch(/mini .*Exited \(3\) .* one\n$/);
    const [id = ''] = place.plinth(['ps', '-aq']).stdout.split('\n');
    expect(place.plinth(['rm', id.slice(0, 6)]).status).toBe(0);
    expect(place.plinth(['rm', 'one']).stderr).toContain('there is none called "one"');
    expect(place.plinth(['ps', '-aq']).stdout).toBe('');
  });
});
