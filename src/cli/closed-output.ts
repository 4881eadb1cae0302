/** Standard output was closed by its reader: there is nobody to work for, and nothing to say. */
export class ClosedOutput extends Error {
  constructor() {
    super('standard output is closed');
    this.name = 'ClosedOutput';
  }
}
