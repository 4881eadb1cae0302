import { baseName, type TreePath } from '../../tree/index.ts';
import type { SlimClassName } from './slim-class.ts';

/** Where packages put what belongs together: `/usr`, `/usr/local`, `/opt/NAME`. */
const PREFIX = '(?:usr|usr/local|opt/[^/]+)/';

const rule = (...patterns: readonly string[]): RegExp => new RegExp(`^(?:${patterns.join('|')})`);

/** The first rule that fits decides. A path fits a rule also if it is a directory of which everything may go. */
const RULES: readonly (readonly [SlimClassName, RegExp])[] = [
  ['bytecode', /(?:^|\/)__pycache__(?:\/[^/]+\.pyc)?$/],
  [
    'caches',
    rule(
      'var/lib/apt/lists/.',
      'var/cache/apt/(?:archives/|[^/]*\\.bin$)',
      'var/cache/(?:apk|dnf|yum|libdnf5|zypp|pacman/pkg|man|ldconfig)/.',
      'etc/apk/cache/.',
      'var/lib/pacman/sync/.',
      'root/\\.cache/(?:pip|uv|yarn|go-build|pypoetry|composer|node-gyp|bazel)/.',
      'root/\\.npm/_(?:cacache|logs)/.',
      'usr/local/share/\\.cache/yarn/.',
      'usr/local/bundle/cache/.',
    ),
  ],
  ['temporary', rule('tmp/.', 'var/tmp/.')],
  ['debug', rule('usr/lib/debug/.')],
  ['manuals', rule(`${PREFIX}(?:share/)?(?:man|info)/.`, `${PREFIX}lib/node_modules/npm/man/.`)],
  [
    'documentation',
    rule(
      `${PREFIX}(?:share/)?doc/.`,
      `${PREFIX}share/(?:doc-base|gtk-doc|help|lintian|bug|omf|licenses|common-licenses)/.`,
      `${PREFIX}lib/node_modules/npm/docs/.`,
    ),
  ],
  ['locales', rule(`${PREFIX}(?:share|lib)/locale/[^/]+(?:/|$)`, 'usr/share/i18n/(?:locales|charmaps)/.')],
  [
    'development',
    rule(
      `${PREFIX}include/.`,
      `(?:${PREFIX})?lib(?:32|64|x32)?/(?:.*/)?(?:[^/]+\\.l?a|[^/]*crt[1in][^/]*\\.o)$`,
      `${PREFIX}(?:lib(?:32|64)?|share)/(?:[^/]+/)?pkgconfig/.`,
      `${PREFIX}share/aclocal/.`,
    ),
  ],
  ['logs', rule('var/log/(?:.*\\.log(?:\\.\\d+)?(?:\\.[gx]z)?$|apt/.|installer/.)')],
  [
    'backups',
    rule(
      'etc/(?:passwd|shadow|group|gshadow|subuid|subgid)-$',
      'var/lib/dpkg/[^/]+-old$',
      'var/cache/debconf/[^/]+-old$',
      'etc/.*\\.(?:dpkg-(?:old|dist|bak)|ucf-(?:old|dist)|rpm(?:save|new|orig)|apk-new)$',
    ),
  ],
];

const LICENCE_NAME = /^(?:copyright|licen[cs]es?|copying|notices?|patents|legal|eula)(?:[-._\d].*)?$/i;
const LICENCE_DIRECTORY = /(?:^|\/)(?:licen[cs]es|common-licenses|copyrights?|legal)\//i;

/** What decides whether a translation is used. */
export interface Languages {
  /** Lower case, without country: `de`; of the C locale none. */
  readonly wanted: ReadonlySet<string>;
}

/** The class of the file at `path`; undefined if it belongs to none and stays. */
export function classify(path: TreePath, { wanted }: Languages): SlimClassName | undefined {
  const found = RULES.find(([, pattern]) => pattern.test(path))?.[0];
  if (found === undefined) return undefined;
  if (found === 'locales' && isWantedLocale(path, wanted)) return undefined;
  return found !== 'bytecode' && isLicence(path) ? 'licences' : found;
}

function isLicence(path: TreePath): boolean {
  return LICENCE_NAME.test(baseName(path)) || LICENCE_DIRECTORY.test(path);
}

function isWantedLocale(path: TreePath, wanted: ReadonlySet<string>): boolean {
  const name = /\/locale\/([^/]+)/.exec(path)?.[1];
  if (name === undefined) return wanted.size > 0;
  // All languages in one file, and a list of names that is no translation.
  if (name.startsWith('locale-archive')) return wanted.size > 0;
  if (name === 'locale.alias') return true;
  const language = languageOf(name);
  return isNeutral(language) || wanted.has(language);
}

/** The languages that the variables of an environment choose (locale(7)); `LANGUAGE` is a list. */
export function languagesOf(env: readonly string[]): Languages {
  const names = env.flatMap((variable) => {
    const [, value = ''] = /^(?:LANG|LANGUAGE|LC_[A-Z]+)=(.*)$/s.exec(variable) ?? [];
    return value.split(':');
  });
  return { wanted: new Set(names.map(languageOf).filter((language) => !isNeutral(language))) };
}

function languageOf(locale: string): string {
  return (locale.split(/[_.@]/, 1)[0] ?? '').toLowerCase();
}

function isNeutral(language: string): boolean {
  return language === '' || language === 'c' || language === 'posix';
}
