/** Characters that mean something to a shell. */
const SPECIAL = /[\\$`"'|&;<>()*?[\]{}~#!\n]/;
const BUILTINS = new Set(
  (
    '. : [ alias bg break case cd command continue do done echo elif else eval exec exit export false fg fi for getopts ' +
    'hash if jobs kill local printf pwd read readonly return set shift source test then times trap true type ulimit ' +
    'umask unalias unset until wait while { } !'
  ).split(' '),
);

/** The words of a command of a shell that is nothing but words; undefined if the shell has more to do with it. */
export function simpleWords(text: string): string[] | undefined {
  const words = text.trim().split(/\s+/);
  const rest = words[0] === 'exec' ? words.slice(1) : words;
  if (SPECIAL.test(text) || rest[0] === undefined || rest[0].includes('=') || BUILTINS.has(rest[0])) return undefined;
  return rest;
}

/** The programs that a text for a shell starts, as far as that can be seen without being one: the first words. */
export function startedCommands(text: string): string[] {
  const found: string[] = [];
  for (const part of text.replace(/\\\n/g, ' ').split(/&&|\|\||[;|&\n]/)) {
    const words = part.trim().split(/\s+/);
    while (words[0] !== undefined && (/^\w+=\S*$/.test(words[0]) || words[0] === 'exec')) words.shift();
    const [command] = words;
    if (command !== undefined && /^[\w./+-]+$/.test(command) && !BUILTINS.has(command)) found.push(command);
  }
  return [...new Set(found)];
}
