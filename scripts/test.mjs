// `npm test [-- TIER...]`: the set-up, then the tiers of tests that this machine can run; all of them without arguments.
// The last line is `N passed, N failed, N skipped`. Other arguments go to vitest: npm test -- unit src/tree -t hardlink
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKOUT, cleanEnvironment, PINNED_NODE } from './checkout.mjs';
import { setUp } from './setup.mjs';
import { TaskFailed } from './task.mjs';
import { obstacle, TIERS } from './tiers.mjs';

const inCi = (process.env.CI ?? '') !== '' && process.env.CI !== 'false';
const names = TIERS.map(({ name }) => name);
const wanted = process.argv.slice(2).filter((word) => names.includes(word));
const forVitest = process.argv.slice(2).filter((word) => !names.includes(word));

const count = await countTests();
if (inCi && count.skipped > 0) process.stdout.write('With CI set, a test that is skipped is a failure.\n');
process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
process.exitCode = count.failed > 0 || (inCi && count.skipped > 0) || count.passed === 0 ? 1 : 0;

async function countTests() {
  const total = { passed: 0, failed: 0, skipped: 0 };
  try {
    await setUp();
  } catch (error) {
    if (!(error instanceof TaskFailed)) process.stderr.write(`${error.stack}\n`);
    return { ...total, failed: 1 };
  }
  const notes = [];
  const runnable = TIERS.filter((tier) => wanted.length === 0 || wanted.includes(tier.name)).filter((tier) => {
    const reason = obstacle(tier);
    if (reason !== undefined) notes.push(`The ${tier.name} tests are skipped: this tier ${reason}.\n`);
    return reason === undefined;
  });
  for (const tier of runnable) add(total, await runTier(tier.name));
  for (const note of notes) process.stdout.write(note);
  total.skipped += notes.length;
  return total;
}

function add(total, { passed, failed, skipped }) {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}

async function runTier(name) {
  process.stdout.write(`\n── ${name}\n`);
  const directory = mkdtempSync(join(tmpdir(), 'plinth-test-'));
  const report = join(directory, 'report.json');
  const args = [
    'run',
    '--project',
    name,
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  try {
    const status = await runVitest([...args, ...forVitest]);
    return readCount(report, status);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function runVitest(args) {
  const vitest = join(CHECKOUT, 'node_modules/vitest/vitest.mjs');
  const options = { cwd: CHECKOUT, stdio: ['ignore', 'inherit', 'inherit'], env: cleanEnvironment() };
  const child = spawn(PINNED_NODE, [vitest, ...args], options);
  return new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', (status) => resolve(status ?? 1));
  });
}

/** A file that could not be loaded, an error outside tests and a crash of vitest have no test: each counts as one failure. */
function readCount(report, status) {
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    const broken = result.testResults.filter(
      (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
    ).length;
    const failed = result.numFailedTests + broken;
    const skipped = result.numPendingTests + result.numTodoTests;
    return { passed: result.numPassedTests, failed: failed === 0 && status !== 0 ? 1 : failed, skipped };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
