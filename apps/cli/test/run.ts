// Runs the built app as a child process, as a person would from a shell.
import { execFile } from "node:child_process";
import { join } from "node:path";

/** The program. */
export const app = join(import.meta.dirname, "..", "bin", "csi-feedback.mjs");

/** What a finished process left behind. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `csi-feedback ...args`. */
export function csiFeedback(...args: string[]): Promise<Finished> {
  return new Promise((resolve) => {
    const options = { maxBuffer: 2 ** 26, timeout: 240_000, env: { ...process.env, NO_COLOR: "1" } };
    execFile(process.execPath, [app, ...args], options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}
