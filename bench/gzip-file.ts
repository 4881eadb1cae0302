// Compresses a file with our codec: node gzip-file.ts INPUT OUTPUT
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { compress } from '../src/archive/index.ts';

const [input = '', output = ''] = process.argv.slice(2);
const file = openSync(output, 'w');
for await (const chunk of compress(createReadStream(input, { highWaterMark: 1 << 20 }), 'gzip', { level: 6 }))
  writeSync(file, chunk);
closeSync(file);
