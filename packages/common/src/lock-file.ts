// A lock file: one process at a time works on what the file stands for. A process that
// was killed leaves its lock behind; the next one sees that nobody holds it.
import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { CsiFeedbackError } from "./errors";

/** Options of {@link lockFile}. */
export interface LockOptions {
  /** How long to wait for a holder to give it back [ms]; 0 unless told. */
  readonly wait?: number;
}

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
/** How often a holder touches its lock [ms]. */
const HEARTBEAT = 15_000;
/** The lock of another machine that was not touched for this long [ms] is nobody's. */
const SILENCE = 10 * 60_000;
/** Time between two looks at a lock that is waited for [ms]. */
const RETRY = 25;

/**
 * Takes a lock by making a file, and returns the function that gives it back. On one machine a lock is
 * free when its process has ended; on another, that shares the folder, when it was not touched for ten
 * minutes (a holder touches it every 15 seconds).
 *
 * @throws CsiFeedbackError `LOCKED` while another holder, of this process or another, has it.
 */
export async function lockFile(path: string, { wait = 0 }: LockOptions = {}): Promise<() => Promise<void>> {
  const me: Holder = {
    host: hostname(),
    pid: process.pid,
    started: Math.round(Date.now() - process.uptime() * 1000),
    token: randomBytes(8).toString("hex"),
  };
  const mine = JSON.stringify(me);
  const deadline = Date.now() + wait;
  await mkdir(dirname(path), { recursive: true });
  for (;;) {
    const now = await create(path, mine);
    if (now === undefined) break;
    const content = await readFile(path, "utf8").catch(() => undefined);
    if (content === undefined) continue;
    const holder = parseHolder(content);
    if (holder !== undefined && !(await holds(path, holder, me, now))) {
      await discard(path, content, me.token);
    } else if (Date.now() >= deadline) {
      const who = holder ? `process ${holder.pid} on ${holder.host}` : "another process";
      throw new CsiFeedbackError("LOCKED", `lockFile: ${path} is held by ${who}`);
    } else {
      await new Promise((resolve) => setTimeout(resolve, RETRY));
    }
  }
  const isMine = async () => (await readFile(path, "utf8").catch(() => "")) === mine;
  const heartbeat = setInterval(async () => {
    if (await isMine()) await utimes(path, new Date(), new Date()).catch(() => {});
  }, HEARTBEAT);
  heartbeat.unref();
  return async () => {
    clearInterval(heartbeat);
    if (await isMine()) await rm(path, { force: true });
  };
}

/** Makes the file whole, unless it exists: then the time [ms] by the clock of the file system that it is on. */
async function create(path: string, content: string): Promise<number | undefined> {
  const temporary = `${path}.${randomBytes(4).toString("hex")}`;
  const file = await open(temporary, "wx");
  try {
    await file.writeFile(content);
  } finally {
    await file.close();
  }
  try {
    await link(temporary, path);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return (await stat(temporary)).mtimeMs;
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

async function holds(path: string, holder: Holder, me: Holder, now: number): Promise<boolean> {
  if (holder.host !== me.host) {
    const touched = await stat(path).catch(() => undefined);
    return touched === undefined || now - touched.mtimeMs < SILENCE;
  }
  if (holder.pid === me.pid) return Math.abs(holder.started - me.started) < SAME_START;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
