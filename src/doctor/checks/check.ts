import type { Finding } from '../finding.ts';
import type { Mender } from '../mender.ts';
import type { Patient } from '../patient.ts';

/** What a check works with. */
export interface CheckContext {
  readonly patient: Patient;
  readonly mender: Mender;
}

/** Looks for one kind of trouble. */
export type Check = (context: CheckContext) => readonly Finding[];
