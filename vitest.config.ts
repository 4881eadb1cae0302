import { availableParallelism } from 'node:os';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** One project per tier; see CONTRIBUTING.md for what each may need. */
const tier = (name: string, include: string[], timeoutMs: number) => ({
  test: { name, include, testTimeout: timeoutMs, hookTimeout: timeoutMs, pool: 'forks' as const },
});

const config: ViteUserConfig = defineConfig({
  test: {
    // On two cores vitest would run one file at a time; many wait for the disk, for QEMU or for a process of theirs.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      tier('unit', ['src/**/*.test.ts', 'test/unit/**/*.test.ts', 'test/architecture.test.ts'], 30_000),
      tier('interop', ['test/interop/**/*.test.ts'], 120_000),
      tier('linux', ['test/linux/**/*.test.ts'], 300_000),
      tier('cli', ['test/cli/**/*.test.ts'], 300_000),
    ],
  },
});

export default config;
