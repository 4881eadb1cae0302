// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the words of a Dockerfile, not of JavaScript.
import { describe, expect, it } from 'vitest';
import type { PlinthError } from '../errors/index.ts';
import { type ExpansionOptions, expandWord, expandWords } from './expansion.ts';
import { EXPANSION_LIMIT } from './expansion-limit.ts';

const ENV = new Map([
  ['x', 'foobarbaz'],
  ['empty', ''],
  ['space', 'a b  c'],
  ['edges', '  a b '],
  ['path', '/usr/local/lib/libx.so.1.2'],
  ['lines', 'ab\ncb'],
  ['stars', '**a?\\'],
  ['dollar', '$0'],
  ['face', '🙂é🙂'],
  ['slash', 'a/b/c'],
  ['_u1', 'under'],
  ['ключ', 'значение'],
  ['1', 'one'],
  ['10', 'ten'],
  ['quote', 'it\'s "q"'],
]);

/** [word, expected] */
type Row = readonly [word: string, expected: string];

const PLAIN: Row[] = [
  ['', ''],
  ['abc', 'abc'],
  ['a b', 'a b'],
  ['$x', 'foobarbaz'],
  ['${x}', 'foobarbaz'],
  ['$x$x', 'foobarbazfoobarbaz'],
  ['a$x.b', 'afoobarbaz.b'],
  ['a${x}b', 'afoobarbazb'],
  ['$xy', ''],
  ['$unset', ''],
  ['a${unset}b', 'ab'],
  ['$empty', ''],
  ['$_u1', 'under'],
  ['$_u1-x', 'under-x'],
  ['$ключ!', 'значение!'],
  ['$', '$'],
  ['a$', 'a$'],
  ['$ x', '$ x'],
  ['$.', '$.'],
  ['$=', '$='],
  ['$/x', '$/x'],
  ['$(ls)', '$(ls)'],
  ['`ls`', '`ls`'],
  ['~/x', '~/x'],
  ['*.[ab]', '*.[ab]'],
];

const SPECIAL_NAMES: Row[] = [
  ['$$', ''],
  ['$$x', 'x'],
  ['$$$', '$'],
  ['$1', 'one'],
  ['$10', 'ten'],
  ['$1a', 'onea'],
  ['${1}', 'one'],
  ['$0', ''],
  ['$@', ''],
  ['$*.txt', '.txt'],
  ['$#', ''],
  ['$?', ''],
  ['$-', ''],
  ['$!', ''],
  ['${@}', ''],
  ['${?}', ''],
  ['${#}', ''],
  ['${-}', ''],
  ['${?:-none}', 'none'],
  ['${#:-none}', 'none'],
  ['${--x}', 'x'],
];

const ESCAPES: Row[] = [
  ['\\$x', '$x'],
  ['\\${x}', '${x}'],
  ['\\\\$x', '\\foobarbaz'],
  ['\\\\\\$x', '\\$x'],
  ['a\\b', 'ab'],
  ['a\\ b', 'a b'],
  ['\\"a\\"', '"a"'],
  ["\\'", "'"],
  ['a\\', 'a'],
  ['a\\\\', 'a\\'],
  ['\\🙂', '🙂'],
  ['\\\n', '\n'],
];

const QUOTES: Row[] = [
  ['""', ''],
  ["''", ''],
  ['"a b"', 'a b'],
  ["'a b'", 'a b'],
  ['a"b"c\'d\'e', 'abcde'],
  ['"$x"', 'foobarbaz'],
  ["'$x'", '$x'],
  ["'${x'", '${x'],
  ['"\'$x\'"', "'foobarbaz'"],
  ["'\"'", '"'],
  ['"\\$x"', '$x'],
  ['"\\"a\\""', '"a"'],
  ['"\\\\"', '\\'],
  ['"\\a"', '\\a'],
  ['"\\ "', '\\ '],
  ["'\\'", '\\'],
  ["'\\\\'", '\\\\'],
  ["'a'\\''b'", "a'b"],
  ['"$"', '$'],
  ['"a$"', 'a$'],
  ['"${x}"y', 'foobarbazy'],
  ['$quote', 'it\'s "q"'],
  ['"$quote"', 'it\'s "q"'],
];

const DEFAULTS: Row[] = [
  ['${x:-d}', 'foobarbaz'],
  ['${x-d}', 'foobarbaz'],
  ['${unset:-d}', 'd'],
  ['${unset-d}', 'd'],
  ['${empty:-d}', 'd'],
  ['${empty-d}', ''],
  ['${unset:-}', ''],
  ['${unset:-a b}', 'a b'],
  ['${unset:-"a b"}', 'a b'],
  ["${unset:-'$x'}", '$x'],
  ['${unset:-$x}', 'foobarbaz'],
  ['${unset:-${empty:-${x}}}', 'foobarbaz'],
  ['${unset:-a\\}b}', 'a}b'],
  ['${unset:-"}"}', '}'],
  ['${unset:-{a}', '{a'],
  ['${unset:-{a}}', '{a}'],
  ['"${unset:-a b}"', 'a b'],
  ['"${unset:-"a b"}"', 'a b'],
  ['${unset:--}', '-'],
  ['${unset---}', '--'],
  ['${unset:-:}', ':'],
  ['${x:+r}', 'r'],
  ['${x+r}', 'r'],
  ['${unset:+r}', ''],
  ['${unset+r}', ''],
  ['${empty:+r}', ''],
  ['${empty+r}', 'r'],
  ['${x:+$space}', 'a b  c'],
  ['${x:+a${unset:-b}c}', 'abc'],
  ['${x:?m}', 'foobarbaz'],
  ['${x?m}', 'foobarbaz'],
  ['${empty?m}', ''],
];

const PATTERNS: Row[] = [
  ['${x#foo}', 'barbaz'],
  ['${x#bar}', 'foobarbaz'],
  ['${x#*}', 'foobarbaz'],
  ['${x##*}', ''],
  ['${x#f*b}', 'arbaz'],
  ['${x##f*b}', 'az'],
  ['${x#?}', 'oobarbaz'],
  ['${x#???}', 'barbaz'],
  ['${x#*a}', 'rbaz'],
  ['${x##*a}', 'z'],
  ['${x%baz}', 'foobar'],
  ['${x%bar}', 'foobarbaz'],
  ['${x%b*}', 'foobar'],
  ['${x%%b*}', 'foo'],
  ['${x%*}', 'foobarbaz'],
  ['${x%%*}', ''],
  ['${x%?}', 'foobarba'],
  ['${x#}', 'foobarbaz'],
  ['${x%}', 'foobarbaz'],
  ['${x##}', 'foobarbaz'],
  ['${unset#a}', ''],
  ['${path##*/}', 'libx.so.1.2'],
  ['${path%/*}', '/usr/local/lib'],
  ['${path%%.*}', '/usr/local/lib/libx'],
  ['${path#*.}', 'so.1.2'],
  ['${stars#\\*}', '*a?\\'],
  ['${stars#\\*\\*}', 'a?\\'],
  ['${stars%\\\\}', '**a?'],
  ['${stars%\\?\\\\}', '**a'],
  ['${stars#"**"}', '**a?\\'],
  ["${stars#'\\*'}", '*a?\\'],
  ['${x#$unset}', 'foobarbaz'],
  ['${x#${unset:-foo}}', 'barbaz'],
  ['${x#[f]}', 'foobarbaz'],
  ['${x#f.o}', 'foobarbaz'],
  ['${lines#*b}', '\ncb'],
  ['${lines##*b}', '\ncb'],
  ['${lines%c*}', 'ab\n'],
  ['${lines##*}', '\ncb'],
  ['${face#?}', 'é🙂'],
  ['${face%?}', '🙂é'],
  ['${face##?*é}', '🙂'],
  ['"${x#foo}"', 'barbaz'],
];

const REPLACEMENTS: Row[] = [
  ['${x/ba/fo}', 'fooforbaz'],
  ['${x//ba/fo}', 'fooforfoz'],
  ['${x/o}/p}', 'foobarbaz'],
  ['${x/b*/-}', 'foo-'],
  ['${x//a?/-}', 'foob-b-'],
  ['${x//o/}', 'fbarbaz'],
  ['${x/nope/y}', 'foobarbaz'],
  ['${x/?/y}', 'yoobarbaz'],
  ['${x//?/y}', 'yyyyyyyyy'],
  ['${x/*/y}', 'y'],
  ['${x//*/y}', 'y'],
  ['${x///y}', 'yfyoyoybyayrybyayzy'],
  ['${empty//*/y}', 'y'],
  ['${empty/a/y}', ''],
  ['${unset/a/y}', ''],
  ['${slash/\\//-}', 'a-b/c'],
  ['${slash//\\//-}', 'a-b-c'],
  ['${x/b/$empty}', 'fooarbaz'],
  ['${x/b/${unset:-q}}', 'fooqarbaz'],
  ['${x/$unset/q}', 'qfoobarbaz'],
  ['${x/b/\\}}', 'foo\\}arbaz'],
  ['${x/b/$dollar}', 'foo$0arbaz'],
  ['${x//b/$dollar$dollar}', 'foobbarbbaz'],
  ["${x//b/'$1'}", 'fooaraz'],
  ["${x//b/'$$'}", 'foo$ar$az'],
  ["${x//b/'${0}!'}", 'foob!arb!az'],
  ['${lines//b/*}', 'a*\nc*'],
  ['${lines/*b/-}', '-\ncb'],
  ['${lines//*b/-}', '-\n-'],
  ['${lines/a*c/-}', 'ab\ncb'],
  ['${face//?/x}', 'xxx'],
  ['${x/"b"/c}', 'foocarbaz'],
];

const ERRORS: readonly (readonly [word: string, message: RegExp])[] = [
  ["'a", /matching single-quote/],
  ['"a', /matching double-quote/],
  ['"a\\"', /matching double-quote/],
  ["a'b'c'", /matching single-quote/],
  ['${', /missing '}'/],
  ['"${', /missing '}'/],
  ['${}', /bad substitution/],
  ['${:}', /bad substitution/],
  ['${:-a}', /bad substitution/],
  ['${{x}', /bad substitution/],
  ['${x', /unsupported modifier/],
  ['${x y}', /unsupported modifier \( \)/],
  ['${ x}', /unsupported modifier \( \)/],
  ['${x=y}', /unsupported modifier \(=\)/],
  ['${x:=y}', /unsupported modifier \(:=\)/],
  ['${x:1:2}', /unsupported modifier \(:1\)/],
  ['${x:}', /missing '}'/],
  ['${x:}}', /unsupported modifier \(:}\)/],
  ['${x:#a}', /unsupported modifier \(:#\)/],
  ['${x:%a}', /unsupported modifier \(:%\)/],
  ['${x^^}', /unsupported modifier \(\^\)/],
  ['${x[0]}', /unsupported modifier \(\[\)/],
  ['${#x}', /unsupported modifier \(x\)/],
  ['${!x}', /unsupported modifier \(x\)/],
  ['${1a}', /unsupported modifier \(a\)/],
  ['${x:-', /missing '}'/],
  ['${x:-a', /missing '}'/],
  ['${x:-"a}', /missing '}'/],
  ["${x:-'a}", /missing '}'/],
  ['${x:-a\\}', /missing '}'/],
  ['"${x:-a"', /missing '}'/],
  ['${x/', /missing '\/'/],
  ['${x/a', /missing '\/'/],
  ['${x/a}', /missing '\/'/],
  ['${x//a}', /missing '\/'/],
  ['${x/a/', /missing '}'/],
  ['${x/a/b', /missing '}'/],
  ['${x#a\\b}', /invalid pattern .*invalid escape '\\b'/],
  ['${x/\\a/b}', /invalid escape '\\a'/],
  ['${x#$stars}', /invalid escape/],
  ['${unset:?}', /unset: is not allowed to be unset/],
  ['${unset?}', /unset: is not allowed to be unset/],
  ['${empty:?}', /empty: is not allowed to be empty/],
  ['${unset:?give $x}', /unset: give foobarbaz/],
  ['${unset?no}', /unset: no$/],
  ['${x:+${unset:?in}}', /unset: in$/],
];

/** [word, expected words] */
const WORDS: readonly (readonly [word: string, expected: readonly string[]])[] = [
  ['', []],
  ['  ', []],
  ['a', ['a']],
  ['a b', ['a', 'b']],
  ['  a\t b\n', ['a', 'b']],
  ['a\u00a0b', ['a', 'b']],
  ['a\\ b', ['a b']],
  ['"a b" c', ['a b', 'c']],
  ["'a b'c d", ['a bc', 'd']],
  ['""', []],
  ['"" a', ['a']],
  ['a ""', ['a']],
  ['$space', ['a', 'b', 'c']],
  ['"$space"', ['a b  c']],
  ['x${space}y', ['xa', 'b', 'cy']],
  ['x"$space"y', ['xa b  cy']],
  ['x${edges}y', ['x', 'a', 'b', 'y']],
  ['$edges', ['a', 'b']],
  ['"$edges"', ['  a b ']],
  ['$space$space', ['a', 'b', 'ca', 'b', 'c']],
  ['$unset', []],
  ['a $unset b', ['a', 'b']],
  ['a${empty}b', ['ab']],
  ['${unset:-a b c}', ['a', 'b', 'c']],
  ['"${unset:-a b}" c', ['a b', 'c']],
  ['${unset:-"a b" c}', ['a', 'b', 'c']],
  ['a << b', ['a', '<< b']],
  ['a < b', ['a', '<', 'b']],
  ['a<<  b c', ['a<<  b', 'c']],
  ['a <<< b', ['a', '<<<', 'b']],
  // What stands before a substitution with an operand, in the same word, is lost, as in BuildKit.
  ['a${unset:-b}c', ['bc']],
  ['z a"${unset:-b}"', ['z', 'b']],
  ['a$x${unset:-b}', ['b']],
  ['a${x#foo}', ['barbaz']],
];

describe('expandWord', () => {
  it.each([
    ['plain text and names', PLAIN],
    ['special names', SPECIAL_NAMES],
    ['escapes', ESCAPES],
    ['quotes', QUOTES],
    ['defaults', DEFAULTS],
    ['patterns', PATTERNS],
    ['replacements', REPLACEMENTS],
  ] as const)('resolves %s', (_, rows) => {
    expect(rows.map(([word]) => [word, expandWord(word, ENV)])).toEqual(rows);
  });

  it.each(ERRORS)('refuses %s', (word, message) => {
    expect(() => expandWord(word, ENV)).toThrow(message);
    expect(() => expandWords(word, ENV)).toThrow(message);
  });

  it('says what it could not expand, and how to help', () => {
    const error = failure('${unset:?no value}');
    expect(error.message).toBe('failed to process "${unset:?no value}": unset: no value');
    expect(error.code).toBe('dockerfile-variable-missing');
    expect(error.hint).toContain('--build-arg');
    expect(failure('"').code).toBe('dockerfile-expansion-invalid');
  });

  it.each([
    ['`$x', '$x'],
    ['\\$x', '\\foobarbaz'],
    ['a` b', 'a b'],
    ['"`"`$`\\"', '"$`\\'],
    ['c:\\dir\\`$x', 'c:\\dir\\$x'],
    ['${unset:-`}}', '}'],
    ['${stars#\\*}', '*a?\\'],
    ['a`', 'a'],
  ])('escapes %s with a backtick', (word, expected) => {
    expect(expandWord(word, ENV, { escape: '`' })).toBe(expected);
  });

  it.each<[string, ExpansionOptions, string]>([
    ['"a \'b\'" $x', { rawQuotes: true }, '"a \'b\'" foobarbaz'],
    ["'$x'", { rawQuotes: true }, "'$x'"],
    ['\\$x \\"', { rawEscapes: true }, '\\$x \\"'],
    ['"\\""', { rawEscapes: true }, '\\"'],
    ['"\\a"', { rawEscapes: true }, '\\\\a'],
    ['it\'s "$x', { skipQuotes: true }, 'it\'s "foobarbaz'],
    ['\\$x \\\\ \\n', { skipQuotes: true }, '$x \\ n'],
    [
      '$unset ${unset} ${unset:-a} ${unset+b} ${unset#c} ${unset/d/e}',
      { keepUnset: true },
      '$unset ${unset} ${unset:-a} ${unset+b} ${unset#c} ${unset/d/e}',
    ],
    ['${unset:-$x}', { keepUnset: true }, '${unset:-foobarbaz}'],
    ['${unset:?no}', { keepUnset: true }, '${unset:?no}'],
    ['$x ${empty:-d}', { keepUnset: true }, 'foobarbaz d'],
  ])('reads %j with %o', (word, options, expected) => {
    expect(expandWord(word, ENV, options)).toBe(expected);
  });

  it('ignores a byte-order mark at the start', () => {
    expect(expandWord('\uFEFFa\uFEFF', ENV)).toBe('a\uFEFF');
  });
});

describe('expandWords', () => {
  it.each(WORDS)('splits %j', (word, expected) => {
    expect(expandWords(word, ENV)).toEqual(expected);
  });
});

describe('limits', () => {
  it('refuses substitutions that nest without end', () => {
    expect(failure('${a:-'.repeat(5_000)).code).toBe('dockerfile-too-complex');
  });

  it('refuses results that grow without end', () => {
    const env = new Map([['big', 'x'.repeat(EXPANSION_LIMIT)]]);
    expect(expandWord('${big}y', env)).toHaveLength(EXPANSION_LIMIT + 1);
    for (const word of [
      '$big$big',
      '"$big$big"',
      '${big//x/yy}',
      "${big//?/'$0$0'}",
      `\${big/x/'${'$0'.repeat(99)}'}`.repeat(2),
    ]) {
      expect(() => expandWord(word, env), word).toThrow(/grows by more than/);
    }
  });

  it('refuses a pattern that is too long', () => {
    expect(failure(`\${x#${'a'.repeat(5_000)}}`).code).toBe('dockerfile-too-complex');
  });

  it('matches hostile patterns in no time', () => {
    const env = new Map([['v', 'a'.repeat(20_000)]]);
    const started = performance.now();
    expect(expandWord(`\${v##${'*a'.repeat(500)}b}`, env)).toHaveLength(20_000);
    expect(expandWord(`\${v%%b${'a*'.repeat(500)}}`, env)).toHaveLength(20_000);
    expect(expandWord(`\${v//${'*a'.repeat(500)}b/x}`, env)).toHaveLength(20_000);
    expect(expandWord(`\${v//a${'?'.repeat(500)}b/x}`, env)).toHaveLength(20_000);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

function failure(word: string): PlinthError {
  try {
    expandWord(word, ENV);
  } catch (error) {
    return error as PlinthError;
  }
  throw new Error(`${word} was expanded`);
}
