import { PlinthError } from '../errors/index.ts';
import type { SdkErrorCode } from './error.ts';

/**
 * `SOURCE_DATE_EPOCH` in seconds, if it is set (reproducible-builds.org, SOURCE_DATE_EPOCH specification).
 *
 * @throws PlinthError `source-date-epoch-invalid`
 */
export function sourceDateEpoch(): number | undefined {
  const text = process.env.SOURCE_DATE_EPOCH;
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new PlinthError<SdkErrorCode>(
    `read SOURCE_DATE_EPOCH: ${JSON.stringify(text.slice(0, 40))} is not a number of seconds`,
    {
      code: 'source-date-epoch-invalid',
      hint: 'Set it to seconds since 1970, as `date +%s` prints them, or unset it.',
    },
  );
}
