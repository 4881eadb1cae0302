import { type ByteString, decodeText } from '../bytes/index.ts';
import type { Attributes } from '../tree/index.ts';
import { commandsFix, dockerfileFix, type Fix } from './finding.ts';
import { blockedPlaces } from './mount-points.ts';
import { join, lastName, type Patient, parent } from './patient.ts';
import { copyLine, execForm, hereDocument, shellWord } from './quote.ts';

/** A file of this machine and where it is wanted. */
export interface HostFile {
  readonly from: ByteString;
  readonly to: ByteString;
}

/**
 * Writes fixes for a patient: for an image lines of a Dockerfile, by RUN where the image has a shell that starts and
 * the tool, else by COPY, which needs nothing; for a directory commands.
 */
export class Mender {
  readonly #patient: Patient;
  readonly #tools = new Map<string, boolean>();
  #canRun: boolean | undefined;

  constructor(patient: Patient) {
    this.#patient = patient;
  }

  setMode(path: ByteString, mode: number): Fix {
    const octal = mode.toString(8).padStart(4, '0');
    const real = this.#real(path);
    return this.#byTool(['chmod', octal, real], () => {
      const node = this.#patient.tree.resolve(real)?.node;
      return this.#copy(['--chmod', octal], node, [real, real]);
    });
  }

  /** Lets what lies at `from` be found at `to`, too. */
  copyWithin(from: ByteString, to: ByteString): Fix {
    const [source, target] = [this.#real(from), this.#place(to)];
    const node = this.#patient.tree.resolve(from)?.node;
    if (this.#patient.facts.source.kind !== 'image') {
      return commandsFix(`install -D ${this.#shown(source)} ${this.#shown(target)}`);
    }
    return this.#copy([], node, [source, target]);
  }

  /** A symbolic link to what lies at `from`; a copy of it where the image cannot make links. */
  link(from: ByteString, to: ByteString): Fix {
    const hasPlace = this.#patient.tree.resolve(parent(to))?.node.kind === 'directory';
    const linked = hasPlace ? this.run(['ln', '-sf', decodeText(from), decodeText(to)]) : undefined;
    return linked ?? this.copyWithin(from, to);
  }

  /** The file at `path` with another text. */
  write(path: ByteString, text: string, attributes?: Pick<Attributes, 'mode' | 'uid' | 'gid'>): Fix {
    const target = this.#place(path);
    const { mode = 0o644, uid = 0, gid = 0 } = attributes ?? {};
    if (this.#patient.facts.source.kind !== 'image') {
      const directory = this.#patient.tree.resolve(parent(target)) === undefined ? [this.#mkdir(parent(target))] : [];
      return commandsFix(...directory, hereDocument(`cat >${this.#shown(target)} `, text));
    }
    const flags = [...(mode === 0o644 ? [] : [`--chmod=${mode.toString(8).padStart(4, '0')}`]), ...owner({ uid, gid })];
    return dockerfileFix(hereDocument(`COPY ${[...flags, ''].join(' ')}`, text, ` ${shellWord(target)}`));
  }

  /** Changes the text of a file: by sed where it is, else as a whole. */
  edit(path: ByteString, expression: string, change: (text: string) => string): Fix {
    const real = this.#real(path);
    return this.#byTool(['sed', '-i', expression, real], () => {
      const resolved = this.#patient.tree.resolve(real)?.node;
      const text = this.#patient.text(real) ?? '';
      return this.write(real, change(text), resolved);
    });
  }

  makeDirectory(path: ByteString, mode: number): Fix {
    const target = this.#place(path);
    const octal = mode.toString(8).padStart(4, '0');
    return this.#byTool(['mkdir', '-p', '-m', octal, target], () => {
      const { WorkingDir, User } = this.#patient.config;
      const [root, back] = User ? [['USER 0'], [`USER ${User}`]] : [[], []];
      return dockerfileFix(...root, `WORKDIR ${decodeText(target)}`, `WORKDIR ${WorkingDir || '/'}`, ...back);
    });
  }

  /** Other words as the command, in the place where the present ones come from. */
  command(words: readonly ByteString[]): Fix {
    const { facts, config } = this.#patient;
    const texts = words.map(decodeText);
    if (facts.source.kind !== 'image') return this.useCommand(texts);
    if (facts.command !== undefined) return this.useCommand(texts);
    const { Entrypoint = [], Cmd = [] } = config;
    if (Entrypoint.length === 0) return dockerfileFix(`CMD ${execForm(texts)}`);
    // An ENTRYPOINT takes the CMD of the base image away.
    const tail = Cmd.length > 0 && Cmd.every((word, index) => word === texts[texts.length - Cmd.length + index]);
    const entry = tail && texts.length > Cmd.length ? texts.slice(0, -Cmd.length) : texts;
    const rest = entry.length === texts.length ? [] : [`CMD ${execForm(Cmd)}`];
    return dockerfileFix(`ENTRYPOINT ${execForm(entry)}`, ...rest);
  }

  /** How it is run with these words. */
  useCommand(words: readonly string[]): Fix {
    const { source } = this.#patient.facts;
    const line = words.map(shellWord).join(' ');
    if (source.kind === 'image')
      return commandsFix(`plinth run --rm --entrypoint '' ${shellWord(source.name)} ${line}`);
    const place = source.kind === 'directory' ? source.path : '.';
    return commandsFix(`chroot ${shellWord(place)} ${line}`);
  }

  /** A line that changes the config; for what has none there is nothing to change. */
  configure(...lines: readonly string[]): Fix {
    return dockerfileFix(...lines);
  }

  /** Brings files of this machine in. */
  fromHost(files: readonly HostFile[]): Fix {
    const placed = files.map(({ from, to }) => ({ from, to: this.#place(to) }));
    if (this.#patient.facts.source.kind !== 'image') {
      return commandsFix(...placed.map(({ from, to }) => `install -D ${shellWord(from)} ${this.#shown(to)}`));
    }
    const kept = placed.filter(({ from, to }) => lastName(from) === lastName(to));
    const renamed = placed.filter((file) => !kept.includes(file));
    const directories = Map.groupBy(kept, ({ to }) => parent(to));
    return {
      commands: [
        ...(kept.length === 0 ? [] : [`cp ${kept.map(({ from }) => shellWord(from)).join(' ')} .`]),
        ...renamed.map(({ from, to }) => `cp ${shellWord(from)} ${shellWord(lastName(to))}`),
      ],
      dockerfile: [
        ...[...directories].map(([directory, group]) =>
          copyLine([], [...group.map(({ to }) => lastName(to)), join(directory, '' as ByteString)]),
        ),
        ...renamed.map(({ to }) => copyLine([], [lastName(to), to])),
      ],
    };
  }

  /** A command in the root file system, as root; undefined if the image cannot run it. */
  run(words: readonly string[]): Fix | undefined {
    const { source, config } = this.#patient.facts;
    if (source.kind !== 'image' || !this.#hasTool(words[0] ?? '')) return undefined;
    const line = `RUN ${words.map(shellWord).join(' ')}`;
    const user = config?.User || '0';
    const isRoot = /^(?:root|0)(?::|$)/.test(user);
    return dockerfileFix(...(isRoot ? [line] : ['USER 0', line, `USER ${user}`]));
  }

  /** By `words`, whose last is a path in the root file system; else by what `other` says. */
  #byTool(words: readonly string[], other: () => Fix): Fix {
    const { kind } = this.#patient.facts.source;
    if (kind === 'image') return this.run(words) ?? other();
    const shown = words.map((word, index) =>
      index === words.length - 1 ? this.#shown(word as ByteString) : shellWord(word),
    );
    return commandsFix(shown.join(' '));
  }

  /** Whether RUN works in the image and finds the program. */
  #hasTool(name: string): boolean {
    this.#canRun ??= this.#runs();
    if (!this.#canRun) return false;
    const known = this.#tools.get(name) ?? this.#patient.starts([name as ByteString]);
    this.#tools.set(name, known);
    return known;
  }

  #runs(): boolean {
    const patient = this.#patient;
    const [shell = '/bin/sh'] = patient.config.Shell ?? [];
    const workdir = patient.tree.resolve(patient.cwd)?.node;
    return (
      blockedPlaces(patient).length === 0 &&
      (workdir?.kind ?? 'directory') === 'directory' &&
      patient.starts([shell as ByteString])
    );
  }

  #copy(change: readonly string[], node: Attributes | undefined, paths: readonly ByteString[]): Fix {
    const { source } = this.#patient.facts;
    const name = source.kind === 'image' ? source.name : '';
    const flags = [...(change.length === 0 ? [] : [change.join('=')]), ...(node === undefined ? [] : owner(node))];
    const [from = '' as ByteString, ...rest] = paths;
    // While an image is built it has no name: then the file is taken from where it once came from, the context.
    if (name === '') return dockerfileFix(copyLine(flags, [lastName(from), ...rest]));
    return dockerfileFix(copyLine([`--from=${name}`, ...flags], paths));
  }

  #mkdir(path: ByteString): string {
    return `mkdir -p ${this.#shown(path)}`;
  }

  /** Where `path` lies: a command that is not run inside must not follow links to places outside. */
  #real(path: ByteString): ByteString {
    const resolved = this.#patient.tree.resolve(path);
    return resolved === undefined ? path : (`/${resolved.path}` as ByteString);
  }

  /** Where a file at `path` is made. */
  #place(path: ByteString): ByteString {
    if (this.#patient.tree.resolve(path) !== undefined) return this.#real(path);
    return join(parent(path) === '/' ? ('/' as ByteString) : this.#place(parent(path)), lastName(path));
  }

  #shown(path: ByteString): string {
    const { source } = this.#patient.facts;
    const place = source.kind === 'directory' ? source.path.replace(/\/+$/, '') : '.';
    return shellWord(`${place}${decodeText(path)}`);
  }
}

function owner({ uid, gid }: Pick<Attributes, 'uid' | 'gid'>): string[] {
  return uid === 0 && gid === 0 ? [] : [`--chown=${uid}:${gid}`];
}
