import { describe, expect, it } from 'vitest';
import { formatFamiliarReference, formatReference, parseReference, withDefaultTag } from './reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('parseReference', () => {
  it.each([
    ['minios', 'docker.io/library/minios:latest', 'minios:latest'],
    ['minios:1.0', 'docker.io/library/minios:1.0', 'minios:1.0'],
    ['user/app', 'docker.io/user/app:latest', 'user/app:latest'],
    ['docker.io/minios', 'docker.io/library/minios:latest', 'minios:latest'],
    ['index.docker.io/minios', 'docker.io/library/minios:latest', 'minios:latest'],
    ['library/minios', 'docker.io/library/minios:latest', 'minios:latest'],
    ['docker.io/library/a/b', 'docker.io/library/a/b:latest', 'library/a/b:latest'],
    ['localhost/minios', 'localhost/minios:latest', 'localhost/minios:latest'],
    ['localhost:5000/minios:v1', 'localhost:5000/minios:v1', 'localhost:5000/minios:v1'],
    ['ghcr.io/a/b/c', 'ghcr.io/a/b/c:latest', 'ghcr.io/a/b/c:latest'],
    ['[::1]:5000/a', '[::1]:5000/a:latest', '[::1]:5000/a:latest'],
    ['Host/a', 'Host/a:latest', 'Host/a:latest'],
    ['a__b.c---d', 'docker.io/library/a__b.c---d:latest', 'a__b.c---d:latest'],
    [`minios@${DIGEST}`, `docker.io/library/minios@${DIGEST}`, `minios@${DIGEST}`],
    [`minios:1@${DIGEST}`, `docker.io/library/minios:1@${DIGEST}`, `minios:1@${DIGEST}`],
  ])('reads %s', (text, full, familiar) => {
    const reference = withDefaultTag(parseReference(text));
    expect(formatReference(reference)).toBe(full);
    expect(formatFamiliarReference(reference)).toBe(familiar);
    expect(parseReference(full)).toEqual(reference);
    expect(parseReference(familiar)).toEqual(reference);
  });

  it.each([
    '',
    ':tag',
    'a:',
    'a:-x',
    `a:${'x'.repeat(129)}`,
    'a//b',
    '/a',
    'a/',
    'A',
    'a..b',
    '-a',
    'a b',
    'a@sha256:12',
    'a@',
    '..',
    '../a',
    'https://a/b',
    'a\n',
    'é',
    'x'.repeat(300),
    'f'.repeat(64),
  ])('refuses %j', (text) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ code: 'reference-invalid', hint: expect.any(String) }),
    );
  });

  it('names the lower-case form', () => {
    expect(() => parseReference('MiniOS:1')).toThrow(expect.objectContaining({ hint: 'Did you mean minios:1?' }));
  });
});
