// One process at a time writes a run folder.
import { join } from "node:path";
import { CsiFeedbackError, isCsiFeedbackError } from "@csi-feedback/common";
import { lockFile } from "@csi-feedback/common/node";

/**
 * Takes the lock of a folder and returns the function that gives it back.
 *
 * @throws CsiFeedbackError `RUN_LOCKED` while another run, of this process or another, holds it.
 */
export async function lockFolder(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, "lock");
  try {
    return await lockFile(path);
  } catch (cause) {
    if (!isCsiFeedbackError(cause) || cause.code !== "LOCKED") throw cause;
    const message = `trainInFolder: ${directory} is in use (${cause.message}); if that is not so, remove ${path}`;
    throw new CsiFeedbackError("RUN_LOCKED", message, { cause });
  }
}
