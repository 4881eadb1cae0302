import type { DependencyReport, LibraryReport, ObjectReport, ProgramReport } from '../../sdk/index.ts';
import type { Style } from './style.ts';
import { showControls } from './table.ts';
import { textWidth } from './terminal-text.ts';

/** How libraries were found, in few words. */
const REASONS: Readonly<Record<LibraryReport['reason'], string>> = {
  absolute: 'path',
  rpath: 'RPATH',
  'ld-library-path': 'LD_LIBRARY_PATH',
  runpath: 'RUNPATH',
  cache: 'ld.so.cache',
  default: 'default directory',
  'already-loaded': 'loaded already',
  'not-found': 'not found',
};

// Every text of a report goes through `showControls`, so that no name or path can move the cursor.

/** Every program with the libraries that it loads, each once, where they were found and by which rule. */
export function formatDependencyList(report: DependencyReport, style: Style): string {
  return formatPrograms(report, style, listLines);
}

/** Every program with its libraries as a tree of who needs whom; what was shown above is not opened again. */
export function formatDependencyTree(report: DependencyReport, style: Style): string {
  return formatPrograms(report, style, treeLines);
}

function formatPrograms(
  report: DependencyReport,
  style: Style,
  libraryLines: (program: ProgramReport, style: Style) => string[],
): string {
  const texts = report.programs.map((program) =>
    [
      heading(program, style),
      ...libraryLines(program, style),
      ...hintLines(program, style),
      ...problemLines(program, style),
    ]
      .map((line) => `${line}\n`)
      .join(''),
  );
  return texts.join('\n');
}

function heading({ name, opened, architecture, loader, isStatic }: ProgramReport, style: Style): string {
  const chain = showControls(opened.length === 0 ? name : opened.join(' → '));
  const facts = [
    ...(architecture === undefined ? [] : [showControls(architecture)]),
    ...(isStatic ? ['static: it needs nothing else'] : []),
    ...(loader === undefined ? [] : [`loader ${showControls(loader)}`]),
  ];
  return `${style.bold(chain)}${facts.length === 0 ? '' : `   ${style.dim(facts.join(', '))}`}`;
}

function listLines({ objects }: ProgramReport, style: Style): string[] {
  const rows = objects.flatMap((object) =>
    object.needed.filter(({ reason }) => reason !== 'already-loaded').map((library) => listRow(object, library, style)),
  );
  return alignRows(rows);
}

/** A name, where it is, and what is to say about it. */
type Row = readonly [name: string, place: string, note: string];

function listRow(object: ObjectReport, { name, path, reason, optional }: LibraryReport, style: Style): Row {
  const shown = `  ${showControls(name)}`;
  if (path !== undefined) return [shown, showControls(path), style.dim(REASONS[reason])];
  const state = optional ? style.dim('not found, not required') : style.red('not found');
  return [shown, state, style.dim(`needed by ${showControls(object.path)}`)];
}

function alignRows(rows: readonly Row[]): string[] {
  const names = rows.map(([name]) => cellWidth(name));
  const places = rows.map(([, place]) => cellWidth(place));
  const [nameWidth, placeWidth] = [widest(names), widest(places)];
  return rows.map(([name, place, note], index) => {
    const [afterName, afterPlace] = [nameWidth - (names[index] ?? 0), placeWidth - (places[index] ?? 0)];
    return `${name}${' '.repeat(afterName + 3)}${place}${' '.repeat(afterPlace + 3)}${note}`.trimEnd();
  });
}

function widest(widths: readonly number[]): number {
  return widths.reduce((most, width) => Math.max(most, width), 0);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
const COLOURS = /\x1b\[\d+m/g;

function cellWidth(cell: string): number {
  return textWidth(cell.replace(COLOURS, ''));
}

function treeLines({ objects }: ProgramReport, style: Style): string[] {
  const byFile = new Map(objects.map((object) => [object.file, object]));
  const shown = new Set<string>();
  const lines: string[] = [];
  for (const start of objects.filter(({ role }) => role === 'program')) {
    // An explicit stack: a chain of libraries may be as long as a hostile file likes.
    const stack = [{ object: start, next: 0, indent: '  ' }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const library = top.object.needed[top.next++];
      if (library === undefined) {
        stack.pop();
        continue;
      }
      const isLast = top.next === top.object.needed.length;
      const object = library.file === undefined ? undefined : byFile.get(library.file);
      const isNew = object !== undefined && object.role === 'library' && !shown.has(object.file);
      lines.push(`${top.indent}${isLast ? '└─ ' : '├─ '}${treeText(library, isNew, style)}`);
      if (object === undefined || !isNew) continue;
      shown.add(object.file);
      stack.push({ object, next: 0, indent: `${top.indent}${isLast ? '   ' : '│  '}` });
    }
  }
  return lines;
}

function treeText({ name, path, reason, optional }: LibraryReport, isNew: boolean, style: Style): string {
  const shown = showControls(name);
  if (path === undefined)
    return `${shown}   ${optional ? style.dim('not found, not required') : style.red('not found')}`;
  if (!isNew) return style.dim(shown);
  // Loaded for another object already, which stands below.
  return `${shown}   ${showControls(path)}${reason === 'already-loaded' ? '' : `   ${style.dim(REASONS[reason])}`}`;
}

function hintLines({ hints }: ProgramReport, style: Style): string[] {
  const useful = hints.filter(({ path, required }) => path !== undefined || required);
  if (useful.length === 0) return [];
  const rows = useful.map(({ name, path, why }): Row => {
    const place = path === undefined ? style.yellow('not found') : showControls(path);
    return [`    ${showControls(name)}`, place, style.dim(showControls(why))];
  });
  return [`  ${style.dim('and maybe while it runs:')}`, ...alignRows(rows)];
}

function problemLines({ problems }: ProgramReport, style: Style): string[] {
  return problems.flatMap(({ message, hint }) => [
    `  ${style.red('error:')} ${showControls(message)}`,
    ...(hint === undefined ? [] : [`    ${showControls(hint)}`]),
  ]);
}

/** The graph of who needs whom, in the language of Graphviz. */
export function formatDependencyGraph(report: DependencyReport): string {
  const edges = new Set<string>();
  const missing = new Set<string>();
  for (const { objects } of report.programs) {
    const paths = new Map(objects.map((object) => [object.file, object.path]));
    for (const object of objects) {
      const loader = object.role === 'program' ? objects.find(({ role }) => role === 'loader') : undefined;
      if (loader !== undefined) edges.add(`${quote(object.path)} -> ${quote(loader.path)} [style=dotted];`);
      for (const { name, file, optional } of object.needed) {
        const target = file === undefined ? name : (paths.get(file) ?? file);
        if (file === undefined && !optional) missing.add(name);
        edges.add(`${quote(object.path)} -> ${quote(target)}${optional ? ' [style=dashed]' : ''};`);
      }
    }
  }
  const nodes = [...missing].map((name) => `${quote(name)} [color=red, label=${quote(`${name}: not found`)}];`);
  const lines = ['rankdir=LR;', 'node [shape=box];', ...nodes, ...edges];
  return `digraph dependencies {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
}

function quote(text: string): string {
  return `"${showControls(text).replace(/["\\]/g, '\\$&')}"`;
}
