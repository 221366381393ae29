// What a person sees when a command fails: one line, and a stack trace on request.
import { isCsiFeedbackError } from "@csi-feedback/common";
import pc from "picocolors";

/**
 * Exit codes: 2 the arguments are wrong, 3 the engine does not load, 4 a file or its
 * content is bad, 130 interrupted, 1 anything else.
 */
export function exitCodeOf(error: unknown): number {
  const code = errorCode(error);
  if (code === "INTERRUPTED") return 130;
  if (code === "ENGINE_UNAVAILABLE") return 3;
  if (/^UNKNOWN_(?!FORMAT)|^INVALID_(ARGUMENT|RATIO|OPTION)$/.test(code)) return 2;
  if (isCsiFeedbackError(error) || /^E[A-Z]+$/.test(code)) return 4;
  return 1;
}

/** Prints `error: ...` on stderr. */
export function reportError(error: unknown, verbose: boolean): void {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${pc.red("error:")} ${message.split("\n")[0]}\n`);
  if (verbose && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
}

function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}
