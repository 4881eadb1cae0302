import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { inDirectory, plinthOk } from '../support/plinth.ts';

const DOCKERFILE = `FROM system
RUN mkdir -p /usr/share/doc/tool /usr/include && echo text >/usr/share/doc/tool/README && echo mine >/usr/share/doc/tool/copyright
RUN dd if=/dev/zero of=/large bs=1024 count=300 && echo 'echo started' >/tmp/start
RUN rm /large && chmod 755 /tmp/start
RUN touch /usr/include/tool.h
CMD ["sh", "/tmp/start"]
`;

it('a slim image runs, without what it was said to leave out', async () => {
  await inDirectory((directory) => {
    const plinth = (...args: string[]) => plinthOk(['--root', join(directory, 'store'), ...args], { cwd: directory });
    plinth('new', 'minios', 'system');
    plinth('build', '-q', '-t', 'system', 'system');
    mkdirSync(join(directory, 'context'));
    writeFileSync(join(directory, 'context/Dockerfile'), DOCKERFILE);
    plinth('build', '-q', '-t', 'whole', 'context');
    const report = JSON.parse(plinth('slim', '--json', '-t', 'slim', 'whole'));
    expect(report.paths).toEqual(['/usr/include/tool.h', '/usr/share/doc/tool/README']);
    expect(report).toMatchObject({ wastedBytes: expect.any(Number) });
    expect(report.wastedBytes).toBeGreaterThanOrEqual(300 * 1024);
    expect(report.beforeBytes - report.made.afterBytes).toBeGreaterThanOrEqual(300 * 1024);
    expect(plinth('run', '--rm', 'slim')).toBe('started\n');
    expect(plinth('run', '--rm', 'slim', 'ls', '/usr/share/doc/tool', '/usr/include')).toBe(
      '/usr/include:\n\n/usr/share/doc/tool:\ncopyright\n',
    );
    for (const image of ['whole', 'slim']) {
      writeFileSync(join(directory, 'context/Dockerfile'), `FROM ${image}\n`);
      plinth('build', '-q', '-o', image, 'context');
    }
    const names = (image: string) =>
      execFileSync('find', ['.', '-mindepth', '1', '-printf', '%P %y %m %U %G %s %l\n'], {
        cwd: join(directory, image),
        encoding: 'utf8',
      })
        .split('\n')
        .filter((line) => !/ d /.test(line))
        .sort();
    const gone = report.paths.map((path: string) => path.slice(1));
    expect(names('slim')).toEqual(names('whole').filter((line) => !gone.includes(line.split(' ')[0] ?? '')));
  });
});

it('a program in /tmp keeps its loader and its libraries there', async () => {
  await inDirectory((directory) => {
    const plinth = (...args: string[]) => plinthOk(['--root', join(directory, 'store'), ...args], { cwd: directory });
    const context = join(directory, 'context');
    mkdirSync(join(context, 'tmp'), { recursive: true });
    const libraries = execFileSync('ldd', ['/usr/bin/env'], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
    const loader = libraries.find((path) => path.includes('/ld-')) ?? '';
    for (const path of libraries.filter((one) => one !== loader))
      copyFileSync(path, join(context, 'tmp', basename(path)));
    mkdirSync(join(context, dirname(loader)), { recursive: true });
    copyFileSync(loader, join(context, loader));
    copyFileSync('/usr/bin/env', join(context, 'tmp/program'));
    writeFileSync(join(context, 'tmp/other'), 'other');
    const lines = ['FROM scratch', 'COPY . /', 'ENV LD_LIBRARY_PATH=/tmp', 'CMD ["/tmp/program"]'];
    writeFileSync(join(context, 'Dockerfile'), lines.join('\n'));
    writeFileSync(join(context, '.dockerignore'), 'Dockerfile\n.dockerignore\n');
    plinth('build', '-q', '-t', 'odd', 'context');
    expect(JSON.parse(plinth('slim', '--json', '-t', 'slim', 'odd')).paths).toEqual(['/tmp/other']);
    expect(plinth('run', '--rm', 'slim')).toContain('LD_LIBRARY_PATH=/tmp\n');
  });
});
