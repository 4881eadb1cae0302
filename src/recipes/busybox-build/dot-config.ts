/** The settings in a `.config`: `y` or `n` for what is on or off, else the value as it is written. */
export type DotConfig = ReadonlyMap<string, string>;

const SET = /^CONFIG_(\w+)=(.*)$/;
const UNSET = /^# CONFIG_(\w+) is not set$/;

/** Reads the text of a `.config`; other lines are passed over. */
export function parseDotConfig(text: string): DotConfig {
  const settings = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = SET.exec(line) ?? [];
    if (name !== undefined) settings.set(name, value ?? '');
    const off = UNSET.exec(line)?.[1];
    if (off !== undefined) settings.set(off, 'n');
  }
  return settings;
}

/** The text of a `.config`. */
export function formatDotConfig(settings: DotConfig): string {
  return [...settings]
    .map(([name, value]) => (value === 'n' ? `# CONFIG_${name} is not set\n` : `CONFIG_${name}=${value}\n`))
    .join('');
}

/** Only what is on or off: `make allnoconfig` writes numbers and texts as 0 and "", which are not their defaults. */
export function onlySwitches(settings: DotConfig): DotConfig {
  return new Map([...settings].filter(([, value]) => value === 'y' || value === 'n'));
}
