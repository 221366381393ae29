// File helpers for Node. Everything that writes goes through a temporary name and
// a rename, so that a reader never meets half a file.
import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

export { type LockOptions, lockFile } from "./lock-file";

/**
 * Writes a file whole or not at all: to a temporary name beside it, flushed, then
 * renamed over `path`. Missing folders are made.
 *
 * @throws the error of the file system; the temporary file is removed and an
 * existing `path` keeps its old content.
 *
 * @example
 * ```ts
 * import { mkdtemp, readFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { writeFileAtomic } from "@csi-feedback/common/node";
 *
 * const path = join(await mkdtemp(join(tmpdir(), "example-")), "report.txt");
 * await writeFileAtomic(path, "done");
 * console.log(await readFile(path, "utf8")); // done
 * ```
 */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
