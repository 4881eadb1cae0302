import { nearMiss } from '../../errors/index.ts';
import { recipesError } from '../error.ts';
import type { AppletOptions } from './applet-rows.ts';
import type { DotConfig } from './dot-config.ts';
import type { Kconfig } from './kconfig.ts';
import { formatKconfigExpression, holds, type KconfigExpression } from './kconfig-expression.ts';

/** What the user wants to be different from the configuration that is there. */
export interface OptionWishes {
  readonly isStatic: boolean;
  /** Names of options, with or without `CONFIG_`. */
  readonly enable: readonly string[];
  readonly disable: readonly string[];
  readonly applets: readonly string[];
}

/** The options to set, and those that the configuration must still have once `make oldconfig` has seen it. */
export interface OptionPlan {
  readonly settings: DotConfig;
  readonly asked: ReadonlyMap<string, 'y' | 'n'>;
}

/** Needed by a tree of `bin/busybox` and links to it. */
const ALWAYS_WITH_APPLETS = ['BUSYBOX', 'LFS'];

/**
 * Plans the settings that fulfil `wishes` upon `base`: what is asked for, and what that depends on.
 *
 * @throws PlinthError `busybox-option-unknown`, `busybox-applet-unknown`
 */
export function planOptions(
  base: DotConfig,
  wishes: OptionWishes,
  { kconfig, applets }: { readonly kconfig: Kconfig; readonly applets: AppletOptions },
): OptionPlan {
  const asked = new Map<string, 'y' | 'n'>();
  for (const name of wishes.applets) asked.set(appletOption(name, applets), 'y');
  if (wishes.applets.length > 0) {
    for (const name of ALWAYS_WITH_APPLETS) if (kconfig.has(name)) asked.set(name, 'y');
  }
  for (const name of wishes.enable) asked.set(knownOption(name, kconfig), 'y');
  for (const name of wishes.disable) asked.set(knownOption(name, kconfig), 'n');
  asked.set('STATIC', wishes.isStatic ? 'y' : 'n');
  const planner = new Planner(base, asked, kconfig);
  for (const [name, value] of asked) planner.set(name, value);
  for (const [name, value] of asked) if (value === 'y') planner.meet(name);
  return { settings: planner.settings, asked };
}

function appletOption(name: string, applets: AppletOptions): string {
  const [option] = applets.get(name) ?? [];
  if (option !== undefined) return option;
  const near = nearMiss(name, applets.keys());
  throw recipesError('busybox-applet-unknown', `choose applets: this BusyBox has no ${JSON.stringify(name)}`, {
    hint: near === undefined ? 'Applets are named as the commands are: sh,ls,wget.' : `Did you mean ${near}?`,
  });
}

function knownOption(given: string, kconfig: Kconfig): string {
  const name = given.replace(/^CONFIG_/i, '').toUpperCase();
  const option = kconfig.get(name);
  if (option !== undefined && (option.type ?? 'bool') === 'bool') return name;
  if (option !== undefined) {
    throw recipesError('busybox-option-unknown', `set option ${name}: it takes a ${option.type}, not on or off`, {
      hint: 'Put it into a configuration of your own and give that with --config FILE.',
    });
  }
  const near = nearMiss(name, kconfig.keys());
  throw recipesError('busybox-option-unknown', `set option ${name}: this BusyBox has none of that name`, {
    hint: near === undefined ? 'Config.in files in the source list them.' : `Did you mean ${near}?`,
  });
}

class Planner {
  readonly settings: Map<string, string>;
  readonly #asked: ReadonlyMap<string, 'y' | 'n'>;
  readonly #kconfig: Kconfig;
  readonly #met = new Set<string>();

  constructor(base: DotConfig, asked: ReadonlyMap<string, 'y' | 'n'>, kconfig: Kconfig) {
    this.settings = new Map(base);
    this.#asked = asked;
    this.#kconfig = kconfig;
  }

  set(name: string, value: 'y' | 'n'): void {
    this.settings.set(name, value);
    if (value === 'y') for (const rival of this.#kconfig.get(name)?.rivals ?? []) this.settings.set(rival, 'n');
  }

  /** Switches on what `name` depends on, and what that depends on. */
  meet(name: string): void {
    if (this.#met.has(name)) return;
    this.#met.add(name);
    for (const condition of this.#kconfig.get(name)?.conditions ?? []) this.#fulfil(condition, true);
  }

  #fulfil(expression: KconfigExpression, wanted: boolean): void {
    switch (expression.kind) {
      case 'option':
        this.#turn(expression.name, wanted ? 'y' : 'n');
        return;
      case 'not':
        this.#fulfil(expression.of, !wanted);
        return;
      case 'and':
      case 'or': {
        const needsBoth = (expression.kind === 'and') === wanted;
        if (!needsBoth && holds(expression, (name) => this.#isOn(name)) === wanted) return;
        this.#fulfil(expression.left, wanted);
        if (needsBoth) this.#fulfil(expression.right, wanted);
      }
    }
  }

  #turn(name: string, value: 'y' | 'n'): void {
    // What the user said stays: if that cannot be, the check afterwards tells.
    if (this.#asked.has(name) && this.#asked.get(name) !== value) return;
    if (this.#isOn(name) !== (value === 'y')) this.set(name, value);
    if (value === 'y') this.meet(name);
  }

  #isOn(name: string): boolean {
    return this.settings.get(name) === 'y';
  }
}

/**
 * Checks that `make oldconfig` left the options as they were asked for.
 *
 * @throws PlinthError `busybox-option-refused`, for the first that is not, with what it depends on
 */
export function checkOptions(made: DotConfig, { asked }: OptionPlan, kconfig: Kconfig): void {
  for (const [name, value] of asked) {
    if ((made.get(name) ?? 'n') === value) continue;
    const unmet = (kconfig.get(name)?.conditions ?? []).filter(
      (condition) => !holds(condition, (other) => made.get(other) === 'y'),
    );
    const reason =
      unmet.length > 0
        ? `it depends on ${unmet.map(formatKconfigExpression).join(' and ')}`
        : value === 'n'
          ? 'another option that is on needs it'
          : 'the configuration does not take it';
    const word = { y: 'on', n: 'off' }[value];
    throw recipesError('busybox-option-refused', `set option ${name}: it does not stay ${word}: ${reason}`, {
      hint: 'Change what it depends on with --enable and --disable.',
      details: { option: name },
    });
  }
}
