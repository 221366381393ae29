// What to do about a file that is there already: never replace it unasked.
import { existsSync } from "node:fs";
import { CsiFeedbackError } from "@csi-feedback/common";

/**
 * Refuses to write over a file.
 *
 * @throws CsiFeedbackError `FILE_EXISTS`.
 */
export function refuseExisting(path: string, force: boolean | undefined): void {
  if (!force && existsSync(path)) {
    throw new CsiFeedbackError("FILE_EXISTS", `${path}: it is there already; --force replaces it`);
  }
}
