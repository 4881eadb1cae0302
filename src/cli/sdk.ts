/** The functions of the library that the commands call; each command calls one. */
export type Sdk = typeof import('../sdk/index.ts');
