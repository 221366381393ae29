// Test settings shared by every package. The package's own name resolves to its
// source, so that the examples in its README run against the code beside them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

export function packageTests(directory: string, options: { timeoutSeconds?: number } = {}) {
  const { name, exports } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const alias = Object.entries(exports ?? {}).map(([path, target]) => ({
    find: new RegExp(`^${join(name, path)}$`),
    replacement: join(directory, String(target)),
  }));
  return defineConfig({
    resolve: { alias },
    test: {
      root: directory,
      setupFiles: [join(import.meta.dirname, "vitest.setup.ts")],
      include: ["src/**/*.test.ts", "test/**/*.test.ts"],
      testTimeout: (options.timeoutSeconds ?? 30) * 1000,
      hookTimeout: (options.timeoutSeconds ?? 30) * 1000,
      pool: "forks",
      maxWorkers: 2,
    },
  });
}
