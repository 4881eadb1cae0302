import { isPlinthError } from '../errors/index.ts';
import type { EscapeCharacter } from './directive.ts';
import { type DockerfileErrorCode, dockerfileProblem } from './dockerfile-error.ts';
import { type Environment, expandWord, expandWords } from './expansion.ts';
import type { ArgDefinition, CopyInstruction, ExposeInstruction, Instruction, NamedValue } from './instruction.ts';
import { checkValues } from './instruction-values.ts';
import { parsePorts } from './port.ts';
import { nodeRange } from './syntax-node.ts';

/**
 * `instruction` with the variables of `env` replaced wherever the language allows them (Dockerfile reference,
 * Environment replacement): the whole of it sees the same values. RUN, CMD, ENTRYPOINT, HEALTHCHECK and ONBUILD keep
 * theirs, those are for the shell or for later.
 *
 * @throws PlinthError `dockerfile-expansion-invalid`, `dockerfile-variable-missing`, `dockerfile-too-complex`,
 * `dockerfile-value-invalid`, each with its place
 */
export function expandInstruction<Kind extends Instruction>(
  instruction: Kind,
  env: Environment,
  escaper: EscapeCharacter = '\\',
): Kind {
  const word = (text: string): string => expandWord(text, env, { escape: escaper });
  try {
    const expanded = expandValues(instruction, word, env, escaper) as Kind;
    if (expanded !== instruction) checkValues(expanded);
    return expanded;
  } catch (error) {
    if (!isPlinthError(error) || error.details.range !== undefined) throw error;
    const code = error.code as DockerfileErrorCode;
    throw dockerfileProblem(error.message, {
      code,
      range: nodeRange(instruction.node),
      hint: error.hint,
      cause: error,
    });
  }
}

type Expand = (text: string) => string;

function expandValues(instruction: Instruction, word: Expand, env: Environment, escaper: EscapeCharacter): Instruction {
  switch (instruction.kind) {
    case 'from':
      return { ...instruction, image: word(instruction.image), platform: expandMaybe(instruction.platform, word) };
    case 'copy':
    case 'add':
      return expandCopy(instruction, word, env);
    case 'arg':
      return { ...instruction, args: instruction.args.map((definition) => expandDefinition(definition, word)) };
    case 'env':
    case 'label':
      return { ...instruction, values: instruction.values.map((value) => expandNamed(value, word)) };
    case 'workdir':
      return { ...instruction, path: word(instruction.path) };
    case 'user':
      return { ...instruction, user: word(instruction.user) };
    case 'volume':
      return { ...instruction, paths: instruction.paths.map(word) };
    case 'expose':
      return expandExpose(instruction, env, escaper);
    case 'stopsignal':
      return { ...instruction, signal: word(instruction.signal) };
    case 'run':
      return {
        ...instruction,
        mounts: instruction.mounts.map(({ type, fields }) => {
          return { type: word(type), fields: new Map([...fields].map(([key, value]) => [key, word(value)])) };
        }),
      };
    case 'cmd':
    case 'entrypoint':
    case 'shell':
    case 'healthcheck':
    case 'onbuild':
    case 'maintainer':
      return instruction;
  }
}

function expandMaybe(text: string | undefined, word: Expand): string | undefined {
  return text === undefined ? undefined : word(text);
}

function expandNamed({ name, value }: NamedValue, word: Expand): NamedValue {
  return { name: word(name), value: word(value) };
}

function expandDefinition({ name, value }: ArgDefinition, word: Expand): ArgDefinition {
  return { name: word(name), value: expandMaybe(value, word) };
}

function expandCopy(copy: CopyInstruction, word: Expand, env: Environment): CopyInstruction {
  return {
    ...copy,
    sources: copy.sources.map(word),
    destination: word(copy.destination),
    chown: expandMaybe(copy.chown, word),
    chmod: expandMaybe(copy.chmod, word),
    checksum: expandMaybe(copy.checksum, word),
    exclude: copy.exclude.map(word),
    // Quotes in a file's content are content; its escape character is always the backslash.
    files: copy.files.map((file) => {
      return file.expand
        ? { ...file, content: expandWord(file.content, env, { skipQuotes: true }), expand: false }
        : file;
    }),
  };
}

function expandExpose(expose: ExposeInstruction, env: Environment, escaper: EscapeCharacter): ExposeInstruction {
  const ports: string[] = [];
  for (const word of expose.ports.flatMap((port) => expandWords(port, env, { escape: escaper }))) {
    const parsed = parsePorts(word);
    if (typeof parsed === 'string') {
      const range = nodeRange(expose.node);
      throw dockerfileProblem(`EXPOSE ${word}: ${parsed}`, { code: 'dockerfile-value-invalid', range });
    }
    ports.push(...parsed);
  }
  return { ...expose, ports };
}
