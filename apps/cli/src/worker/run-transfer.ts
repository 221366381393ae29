// Finished runs on their way through Redis, for machines that share no folder: the files
// that others need, in pieces, with a checksum. Checkpoints and event files stay behind.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, normalize } from "node:path";
import { CsiFeedbackError } from "@csi-feedback/common";
import { writeFileAtomic } from "@csi-feedback/common/node";
import { runFiles } from "@csi-feedback/experiments";
import type { Redis } from "ioredis";
import { queueName } from "./redis-connection";

/** Bytes of one value in Redis. */
const PIECE = 8 * 2 ** 20;
/** How long a run is kept there [s]. */
const KEPT = 7 * 24 * 3600;

/** What a run consists of; written last, so that a run is there whole or not at all. */
interface Manifest {
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
}

const keyOf = (id: string) => `${queueName}:run:${id}`;
const pieceOf = (path: string, index: number) => `${path}#${index}`;

/** Files of a run that are sent, the summary, which marks it as finished, last. */
async function filesOf(folder: string): Promise<string[]> {
  const model = (await readdir(join(folder, runFiles.model))).filter((name) => !name.endsWith(".tmp"));
  const own = ["config.json", "metrics.jsonl", runFiles.definition, runFiles.summary];
  return [...model.map((name) => `${runFiles.model}/${name}`), ...own];
}

/** Whether a run is in Redis. */
export async function hasRun(redis: Redis, id: string): Promise<boolean> {
  return (await redis.hexists(keyOf(id), "manifest")) === 1;
}

/** Puts a finished run into Redis. */
export async function sendRun(redis: Redis, id: string, folder: string): Promise<void> {
  const key = keyOf(id);
  const files: Manifest["files"][number][] = [];
  for (const path of await filesOf(folder)) {
    const bytes = await readFile(join(folder, path));
    for (let first = 0, index = 0; first < bytes.length; first += PIECE, index++) {
      await redis.hset(key, pieceOf(path, index), bytes.subarray(first, first + PIECE));
    }
    files.push({ path, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") });
  }
  const manifest: Manifest = { files };
  await redis.hset(key, "manifest", JSON.stringify(manifest));
  await redis.expire(key, KEPT);
}

/**
 * Takes a run out of Redis into a folder, where it looks as if it had been trained there.
 *
 * @throws CsiFeedbackError `RUN_NOT_FOUND`, `RUN_CORRUPT`.
 */
export async function receiveRun(redis: Redis, id: string, folder: string): Promise<void> {
  const key = keyOf(id);
  const text = await redis.hget(key, "manifest");
  if (text === null) throw new CsiFeedbackError("RUN_NOT_FOUND", `receiveRun: ${id} is not in Redis`);
  const { files } = JSON.parse(text) as Manifest;
  for (const { path, bytes, sha256 } of files) {
    const pieces: Buffer[] = [];
    for (let index = 0; index * PIECE < bytes; index++) {
      pieces.push((await redis.hgetBuffer(key, pieceOf(path, index))) ?? Buffer.alloc(0));
    }
    const content = Buffer.concat(pieces);
    const inside = !normalize(path).startsWith("..") && !path.startsWith("/");
    if (!inside || createHash("sha256").update(content).digest("hex") !== sha256) {
      throw new CsiFeedbackError("RUN_CORRUPT", `receiveRun: ${path} of ${id} came damaged out of Redis`);
    }
    await writeFileAtomic(join(folder, path), content);
  }
}

/** Removes a run from Redis. */
export async function dropRun(redis: Redis, id: string): Promise<void> {
  await redis.del(keyOf(id));
}
