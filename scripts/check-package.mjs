// Packs the package in the current folder as it would be published and checks the
// tarball: publint for the manifest, attw for the types of every entry point.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "pack-"));
const bin = join(import.meta.dirname, "..", "node_modules", ".bin");
try {
  execFileSync("pnpm", ["pack", "--pack-destination", folder], { stdio: ["ignore", "ignore", "inherit"] });
  const tarball = join(folder, readdirSync(folder)[0]);
  for (const [tool, ...args] of [
    ["publint", "run", tarball, "--strict"],
    ["attw", tarball, "--profile", "esm-only", "--no-emoji"],
  ]) {
    execFileSync(join(bin, tool), args, { stdio: "inherit" });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
