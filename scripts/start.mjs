// `npm start`: install, build the command-line app, run the demo on real channels.
// Arguments after `--` go to the demo: `npm start -- --ratio 1/16`.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { install, pnpm } from "./pnpm.mjs";

install();
pnpm("exec", "turbo", "run", "build", "--filter=csi-feedback", "--output-logs=errors-only");
const app = join(import.meta.dirname, "..", "apps", "cli", "bin", "csi-feedback.mjs");
const { status } = spawnSync(process.execPath, [app, "demo", ...process.argv.slice(2)], { stdio: "inherit" });
process.exit(status ?? 1);
