// What a result was made with: the hardware and the commit of the code.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Processor, cores and memory in one line. */
export function describeHardware(): string {
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} x ${processors[0]?.model.trim() || "unknown processor"}, ${memory} GiB`;
}

/**
 * The commit that this code is from, `-dirty` when files differ from it, but for results, which measuring
 * itself changes; "unknown" outside its repository.
 */
export function currentCommit(): string {
  const git = (...args: string[]) =>
    execFileSync("git", args, {
      cwd: dirname(fileURLToPath(import.meta.url)),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  try {
    // An installed copy may lie in somebody else's repository.
    const root = git("rev-parse", "--show-toplevel");
    if (!existsSync(join(root, "packages", "experiments", "package.json"))) return "unknown";
    const changed = git("status", "--porcelain", "--untracked-files=no", "--", ":/", ":(top,exclude)results");
    return git("rev-parse", "--short=12", "HEAD") + (changed === "" ? "" : "-dirty");
  } catch {
    return "unknown";
  }
}
