// Runs pnpm without asking for it to be installed: the version that package.json
// names, fetched by npx from the npm registry on first use and cached by npm.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Runs `pnpm ...args` in the repository root; leaves the process when it fails. */
export function pnpm(...args) {
  const quiet = {
    ADBLOCK: "1",
    DISABLE_OPENCOLLECTIVE: "1",
    DO_NOT_TRACK: "1",
    TURBO_TELEMETRY_DISABLED: "1",
  };
  const { status, error } = spawnSync("npx", ["--yes", packageManager, ...args], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...quiet, ONNXRUNTIME_NODE_INSTALL: "skip", npm_config_update_notifier: "false" },
    shell: process.platform === "win32",
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Installs the locked dependencies, unless this very lock file is installed already. */
export function install() {
  const stamp = join(root, "node_modules", ".csi-feedback-installed");
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "pnpm-lock.yaml")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  pnpm("install", "--frozen-lockfile", "--prefer-offline");
  writeFileSync(stamp, lock);
}
