// `npm test`: install, lint, look for dead exports, type-check, build, run every
// test, and check every package as npm would publish it.
import { install, pnpm } from "./pnpm.mjs";

install();
pnpm("exec", "biome", "ci", "--error-on-warnings", ".");
pnpm("exec", "knip");
pnpm(
  "exec",
  "turbo",
  "run",
  "typecheck",
  "build",
  "test",
  "check-package",
  "--output-logs=new-only",
  "--concurrency=2",
);
