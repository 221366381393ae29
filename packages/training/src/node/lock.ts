// A lock file: one process at a time writes a run folder. A process that was
// killed leaves its lock behind; the next one sees that nobody holds it.
import { randomBytes } from "node:crypto";
import { link, open, readFile, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { CsiFeedbackError } from "@csi-feedback/common";

/** Who holds a lock. */
interface Holder {
  readonly host: string;
  readonly pid: number;
  /** When the process started [ms since 1970], to tell it from a later one with the same pid. */
  readonly started: number;
  readonly token: string;
}

/** Tolerance in comparing start times of processes [ms]. */
const SAME_START = 2000;

/**
 * Takes the lock of a folder and returns the function that gives it back.
 *
 * @throws CsiFeedbackError `RUN_LOCKED` while another run, of this process or another, holds it.
 */
export async function lockFolder(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, "lock");
  const me: Holder = {
    host: hostname(),
    pid: process.pid,
    started: Math.round(Date.now() - process.uptime() * 1000),
    token: randomBytes(8).toString("hex"),
  };
  while (!(await create(path, JSON.stringify(me)))) {
    const content = await readFile(path, "utf8").catch(() => undefined);
    if (content === undefined) continue;
    const holder = parseHolder(content);
    if (holder === undefined || holds(holder, me)) {
      const who = holder ? `process ${holder.pid} on ${holder.host}` : "another process";
      const message = `trainInFolder: ${directory} is in use by ${who}; if that is not so, remove ${path}`;
      throw new CsiFeedbackError("RUN_LOCKED", message);
    }
    await discard(path, content, me.token);
  }
  return async () => {
    if ((await readFile(path, "utf8").catch(() => "")).includes(me.token)) await rm(path, { force: true });
  };
}

/** Makes the file whole, unless it exists. */
async function create(path: string, content: string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(4).toString("hex")}`;
  const file = await open(temporary, "wx");
  try {
    await file.writeFile(content);
  } finally {
    await file.close();
  }
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Removes a lock that nobody holds, and no other: a lock that was taken meanwhile is put back. */
async function discard(path: string, content: string, token: string): Promise<void> {
  const aside = `${path}.${token}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if ((await readFile(aside, "utf8")) !== content) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

function parseHolder(content: string): Holder | undefined {
  try {
    return JSON.parse(content) as Holder;
  } catch {
    return undefined;
  }
}

function holds(holder: Holder, me: Holder): boolean {
  if (holder.host !== me.host) return true;
  if (holder.pid === me.pid) return Math.abs(holder.started - me.started) < SAME_START;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
