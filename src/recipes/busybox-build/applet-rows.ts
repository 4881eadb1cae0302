/** The name of each applet with the options that each could be switched on by, the usual one first. */
export type AppletOptions = ReadonlyMap<string, readonly string[]>;

/** `IF_SH_IS_ASH(  APPLET_ODDNAME(sh,   ash, …` */
const ROW = /^\s*((?:IF_\w+\(\s*)+)APPLET\w*\(\s*([^\s,]{1,64})\s*,/;

/** Reads which option makes which applet from the text of `include/applets.h` (or of its source, `applets.src.h`). */
export function parseAppletRows(text: string): AppletOptions {
  const rows = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, conditions = '', name] = ROW.exec(line) ?? [];
    const option = /IF_(?!NOT_)(\w+)\(/.exec(conditions)?.[1];
    if (name === undefined || option === undefined) continue;
    const options = rows.get(name) ?? [];
    if (!options.includes(option)) rows.set(name, [...options, option]);
  }
  return rows;
}
