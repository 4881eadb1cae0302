import { type ByteString, decodeText } from '../../bytes/index.ts';
import type { LoaderProblem } from '../../loader/index.ts';
import type { PackDraft } from './pack-draft.ts';

/** Modules that come along, and what they lack; nobody asked for them by name, so that it is no error. */
export class BrokenModules {
  readonly #lacking = new Map<
    string,
    { readonly missing: ByteString | undefined; readonly modules: Set<ByteString> }
  >();

  /** Keeps what keeps the file at `path` from being loaded; that it is no program does not. */
  keep(path: ByteString, problems: readonly LoaderProblem[]): void {
    for (const { kind, missing, message } of problems) {
      if (kind.startsWith('program-') || kind.startsWith('script-')) continue;
      const text = missing === undefined ? message : `${decodeText(missing)} is missing`;
      const entry = this.#lacking.get(text) ?? { missing, modules: new Set() };
      entry.modules.add(path);
      this.#lacking.set(text, entry);
    }
  }

  /** One sentence for each thing that is lacking. What lies in the draft by its name the program itself may have loaded. */
  notes(draft: PackDraft): string[] {
    return [...this.#lacking].flatMap(([text, { missing, modules }]) => {
      if (missing !== undefined && draft.hasName(missing)) return [];
      const [first = '' as ByteString, ...more] = modules;
      const others = more.length === 0 ? '' : ` and ${more.length} more`;
      return [`${text}: ${decodeText(first)}${others} will not load.`];
    });
  }
}
