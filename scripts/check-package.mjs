// Packs the package in the current folder as it would be published and checks the
// tarball: publint for the manifest and, where there are entry points to import, attw
// for their types.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "pack-"));
const bin = join(import.meta.dirname, "..", "node_modules", ".bin");
try {
  execFileSync("pnpm", ["pack", "--pack-destination", folder], { stdio: ["ignore", "ignore", "inherit"] });
  const tarball = join(folder, readdirSync(folder)[0]);
  const checks = [["publint", "run", tarball, "--strict"]];
  if (JSON.parse(readFileSync("package.json", "utf8")).exports) {
    checks.push(["attw", tarball, "--profile", "esm-only", "--no-emoji"]);
  }
  for (const [tool, ...args] of checks) {
    execFileSync(join(bin, tool), args, { stdio: "inherit" });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
