/** The largest machine number: the field has 16 bits. */
const NUMBER_LIMIT = 0xffff;

/**
 * A machine that has no registered number, as `NAME=NUMBER`: `sw64=0x9916`.
 *
 * @throws Error with the fact only; the flag parser adds the flag
 */
export function parseMachine(given: string): readonly [name: string, machine: number] {
  const [, name = '', digits = ''] = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,63})=(0x[0-9a-f]{1,4}|\d{1,5})$/i.exec(given) ?? [];
  const machine = digits === '' ? Number.NaN : Number(digits);
  if (!(machine > 0 && machine <= NUMBER_LIMIT)) {
    throw new Error(`${JSON.stringify(given)} is not NAME=NUMBER with a number from 1 to 0xffff, like sw64=0x9916`);
  }
  return [name, machine];
}
