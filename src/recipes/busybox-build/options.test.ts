import { describe, expect, it } from 'vitest';
import { parseAppletRows } from './applet-rows.ts';
import { formatDotConfig, onlySwitches, parseDotConfig } from './dot-config.ts';
import { readKconfig } from './kconfig.ts';
import { formatKconfigExpression, holds, parseKconfigExpression } from './kconfig-expression.ts';
import { checkOptions, type OptionWishes, planOptions } from './plan-options.ts';

const CONFIG_IN = `mainmenu "Configuration"
config STATIC
	bool "Build static binary"
	depends on !SHARED
config SHARED
	bool "library"
config BUSYBOX
	bool "busybox"
config PREFIX
	string "Where to"
	default "./_install"
source net/Config.in
menu "Shells"
choice
	prompt "sh is"
	default SH_IS_ASH
config SH_IS_ASH
	depends on !NOMMU
	bool "ash"
	select SHELL_ASH
	help
	  config NOT_AN_OPTION is text
	depends on NOTHING, as this is still text

config SH_IS_NONE
	bool "none"
endchoice
if SHELL_ASH || ASH # comment
config ASH_ALIAS
	bool "alias"
	depends on SHELL_ASH
endif
config SHELL_ASH
	bool
config NOMMU
	bool "no MMU"
endmenu
config AFTER
	bool "after"
`;
const NET = `config LINUX
	bool "Linux"
config WGET
	bool "wget (38 kb)"
	depends on LINUX && (TLS || PLAIN)
config TLS
	bool
config PLAIN
	bool "plain"
`;
const APPLETS = `#if x
IF_WGET(APPLET(wget, BB_DIR_USR_BIN, BB_SUID_DROP))
IF_SH_IS_ASH(  APPLET_ODDNAME(sh,   ash, BB_DIR_BIN, BB_SUID_DROP, ash))
IF_SH_IS_HUSH(  APPLET_ODDNAME(sh,   hush, BB_DIR_BIN, BB_SUID_DROP, hush))
IF_TEST1(APPLET_NOFORK([,   test, BB_DIR_USR_BIN, BB_SUID_DROP, test))
IF_NOT_SMALL(IF_LSMOD(APPLET(lsmod, BB_DIR_SBIN, BB_SUID_DROP)))
`;

const kconfig = readKconfig((path) => ({ 'Config.in': CONFIG_IN, 'net/Config.in': NET })[path]);
const applets = parseAppletRows(APPLETS);
const NO_WISHES: OptionWishes = { isStatic: true, enable: [], disable: [], applets: [] };
const plan = (base: string, wishes: Partial<OptionWishes>) =>
  planOptions(parseDotConfig(base), { ...NO_WISHES, ...wishes }, { kconfig, applets });

describe('conditions', () => {
  it.each(['A', '!A', 'A && B', 'A || B && C', '(A || B) && !C', '!(A || B)'])('reads and writes %s', (text) => {
    const parsed = parseKconfigExpression(text);
    expect(parsed && formatKconfigExpression(parsed)).toBe(text);
  });
  it.each(['', 'A &&', '(A', 'A)', 'A = y', '"x"', '('.repeat(10_000)])('does not understand %s', (text) => {
    expect(parseKconfigExpression(text)).toBeUndefined();
  });
  it('holds or not', () => {
    const parsed = parseKconfigExpression('A && (B || !C)');
    const value = (on: string) => parsed && holds(parsed, (name) => on.includes(name));
    expect([value('A'), value('AC'), value('ABC'), value('B')]).toEqual([true, false, true, false]);
  });
});

describe('readKconfig', () => {
  it('finds the options of all files, with what stands around them', () => {
    expect([...kconfig.keys()]).toEqual(
      'STATIC SHARED BUSYBOX PREFIX LINUX WGET TLS PLAIN SH_IS_ASH SH_IS_NONE ASH_ALIAS SHELL_ASH NOMMU AFTER'.split(
        ' ',
      ),
    );
    expect(kconfig.get('ASH_ALIAS')?.conditions.map(formatKconfigExpression)).toEqual([
      'SHELL_ASH || ASH',
      'SHELL_ASH',
    ]);
    expect(kconfig.get('SH_IS_ASH')).toMatchObject({ type: 'bool', rivals: ['SH_IS_NONE'] });
    expect(kconfig.get('SH_IS_ASH')?.conditions.map(formatKconfigExpression)).toEqual(['!NOMMU']);
    expect(kconfig.get('AFTER')?.conditions).toEqual([]);
    expect(kconfig.get('PREFIX')?.type).toBe('string');
  });
  it('ends with files that name each other', () => {
    expect(readKconfig(() => 'source Config.in\nsource b\nconfig A\n').size).toBe(1);
  });
});

describe('parseAppletRows', () => {
  it('gives the options of each applet', () => {
    expect(Object.fromEntries(applets)).toEqual({
      wget: ['WGET'],
      sh: ['SH_IS_ASH', 'SH_IS_HUSH'],
      '[': ['TEST1'],
      lsmod: ['LSMOD'],
    });
  });
});

describe('.config', () => {
  const text = 'CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=12\nCONFIG_D="x y"\n';
  it('is read and written', () => {
    expect(formatDotConfig(parseDotConfig(`#\n# Busybox\n#\n${text}`))).toBe(text);
  });
  it('loses its numbers and texts', () => {
    expect(formatDotConfig(onlySwitches(parseDotConfig(text)))).toBe('CONFIG_A=y\n# CONFIG_B is not set\n');
  });
});

describe('planOptions', () => {
  it('switches on what an applet depends on, and off what rules it out', () => {
    const { settings } = plan('# CONFIG_LINUX is not set\nCONFIG_SH_IS_NONE=y\nCONFIG_NOMMU=y\n', {
      applets: ['wget', 'sh'],
    });
    expect(Object.fromEntries(settings)).toEqual({
      LINUX: 'y',
      SH_IS_NONE: 'n',
      NOMMU: 'n',
      WGET: 'y',
      TLS: 'y',
      SH_IS_ASH: 'y',
      BUSYBOX: 'y',
      STATIC: 'y',
    });
  });
  it('leaves what already meets a condition', () => {
    expect(plan('CONFIG_PLAIN=y\n', { enable: ['config_wget'] }).settings.get('TLS')).toBeUndefined();
  });
  it.each([
    [{ enable: ['WGTE'] }, 'busybox-option-unknown', 'Did you mean WGET?'],
    [{ disable: ['QQQQQQQ'] }, 'busybox-option-unknown', 'Config.in files in the source list them.'],
    [{ enable: ['PREFIX'] }, 'busybox-option-unknown', /--config FILE/],
    [{ applets: ['wgte'] }, 'busybox-applet-unknown', 'Did you mean wget?'],
  ])('refuses %j', (wishes, code, hint) => {
    const said = typeof hint === 'string' ? hint : expect.stringMatching(hint);
    expect(() => plan('', wishes)).toThrow(expect.objectContaining({ code, hint: said }));
  });
});

describe('checkOptions', () => {
  it('accepts what stayed, and names what did not with its condition', () => {
    const made = plan('', { enable: ['WGET'] });
    checkOptions(parseDotConfig('CONFIG_WGET=y\nCONFIG_STATIC=y\n'), made, kconfig);
    expect(() => checkOptions(parseDotConfig('CONFIG_STATIC=y\n'), made, kconfig)).toThrow(
      'set option WGET: it does not stay on: it depends on LINUX && (TLS || PLAIN)',
    );
  });
  it('says that another option needs what was to be off', () => {
    const made = plan('', { isStatic: false });
    expect(() => checkOptions(parseDotConfig('CONFIG_STATIC=y\n'), made, kconfig)).toThrow('another option');
  });
});
