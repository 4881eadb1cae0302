export { type DoctorCode, type DoctorCodeFacts, doctorCodes } from './codes.ts';
export { type DiagnoseOptions, diagnose, explainShell, explainStart } from './diagnose.ts';
export type { Finding, Fix, Severity } from './finding.ts';
export { type Emulator, emulatorFor, type HostFacts, parseEmulator } from './host-facts.ts';
export type { PatientAccount, PatientFacts, PatientSource } from './patient.ts';
