// `npm run bench`: the set-up, then the benchmark under the pinned Node, with the same arguments.
import { spawnSync } from 'node:child_process';
import { CHECKOUT, PINNED_NODE } from './checkout.mjs';
import { runWithSetUp } from './setup.mjs';

await runWithSetUp(() => {
  const { status } = spawnSync(PINNED_NODE, ['bench/main.ts', ...process.argv.slice(2)], {
    cwd: CHECKOUT,
    stdio: 'inherit',
  });
  return status ?? 1;
});
