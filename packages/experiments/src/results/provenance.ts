// Where a number was measured: the machine, and the code.
import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, totalmem } from "node:os";

/** Processor, cores and memory of this machine, such as `AMD EPYC 7763, 2 cores, 24 GiB`. */
export function describeHardware(): string {
  const model = (cpus()[0]?.model ?? "unknown processor").replace(/\s+/g, " ").trim();
  const cores = availableParallelism();
  const memory = Math.round(Math.min(totalmem(), process.constrainedMemory() || Infinity) / 2 ** 30);
  return `${model}, ${cores} core${cores === 1 ? "" : "s"}, ${memory} GiB`;
}

/**
 * The commit of the git checkout in a folder, `+changes` behind it when files that git follows differ from
 * it, apart from results, which a measurement itself changes; `unknown` outside a checkout.
 */
export function describeCommit(folder: string): string {
  const git = (...words: string[]) =>
    execFileSync("git", words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    const commit = git("rev-parse", "--short=12", "HEAD");
    const changes = git("status", "--porcelain", "--untracked-files=no", "--", ":/", ":(top,exclude)results");
    return changes === "" ? commit : `${commit}+changes`;
  } catch {
    return "unknown";
  }
}
