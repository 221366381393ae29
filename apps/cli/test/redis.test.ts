import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEngine } from "@csi-feedback/engines";
import {
  isFinished,
  jobsOf,
  type QueueEvent,
  runFolder,
  runTraining,
  type TrainingJob,
} from "@csi-feedback/experiments";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tinyTraining } from "../../../packages/experiments/test/training-jobs";
import { redisQueue } from "../src/worker/redis-queue";
import { app, csiFeedback } from "./run";

const installed = spawnSync("redis-server", ["--version"]).status === 0;
if (!installed)
  console.warn("redis-server is not installed (apt-get install redis-server): skipping its tests");

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

describe.skipIf(!installed)("trainings on a Redis server", () => {
  let folder: string;
  let server: ChildProcess;
  let url: string;
  const workers: ChildProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "redis-"));
    const port = await freePort();
    server = spawn("redis-server", [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--dir",
      folder,
    ]);
    for await (const line of server.stdout!) if (/Ready to accept/.test(String(line))) break;
    url = `redis://127.0.0.1:${port}`;
  }, 30_000);
  afterAll(async () => {
    for (const child of [...workers, server]) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 });
  });

  /** A worker with a folder of its own; `onText` gets what it prints. */
  async function startWorker(name: string, onText: (text: string) => void = () => {}): Promise<ChildProcess> {
    const args = ["worker", "--redis", url, "--runs", join(folder, name), "--takeover", "3"];
    const child = spawn(process.execPath, [app, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    workers.push(child);
    let printed = "";
    await new Promise<void>((resolve) => {
      child.stderr?.on("data", (data) => {
        printed += data;
        onText(printed);
        if (printed.includes("waiting for trainings")) resolve();
      });
    });
    return child;
  }

  test("two workers train, one is killed, nothing is lost", { timeout: 240_000 }, async () => {
    const jobs: TrainingJob[] = [];
    for (const seed of [1, 2, 3]) jobs.push(...(await jobsOf(tinyTraining({ seed, epochs: 3 }))));
    const transfer = await jobsOf(tinyTraining({ seed: 4, epochs: 3, from: 1 }));
    jobs.push(...transfer.filter(({ id }) => jobs.every((job) => job.id !== id)));
    expect(jobs).toHaveLength(4);

    let killed = "";
    const first = await startWorker("first", (text) => {
      killed = /^training (.*)$/m.exec(text)?.[1] ?? "";
    });
    await startWorker("second");

    const events: QueueEvent[] = [];
    const here = join(folder, "here");
    const queue = await redisQueue({ url, runs: here });
    const on = (event: QueueEvent) => {
      events.push(event);
      if (event.type === "progress" && event.job.title === killed) first.kill("SIGKILL");
    };
    await queue.run(jobs, { on });
    await queue.close();

    expect(first.signalCode).toBe("SIGKILL");
    const kinds = (type: QueueEvent["type"]) => events.filter((event) => event.type === type);
    expect(kinds("finished")).toHaveLength(4);
    // On a machine that stood still for a moment, others may have been handed on as well.
    expect(kinds("retry").map(({ job }) => job.title)).toContain(killed);
    expect(kinds("progress").length).toBeGreaterThan(0);
    for (const { id, definition } of jobs) {
      expect(await isFinished(runFolder(here, id), definition)).toBe(true);
      expect(await isFinished(runFolder(join(folder, "second"), id), definition)).toBe(true);
    }

    // The same bytes as without workers.
    const again = join(folder, "again");
    const { id, definition } = jobs.find(({ title }) => title === killed) ?? jobs[0];
    await runTraining({ definition, folder: again, engine: await startEngine() });
    const weights = (run: string) => readFile(join(run, "model", "weights.safetensors"));
    expect((await weights(runFolder(here, id))).equals(await weights(again))).toBe(true);
  });

  test("a training that cannot run fails with its reason, on the list and here", {
    timeout: 60_000,
  }, async () => {
    const [job] = await jobsOf(tinyTraining({ seed: 5 }));
    const broken = { ...job, definition: { ...job.definition, ratios: [] } };
    const queue = await redisQueue({ url, runs: join(folder, "here") });
    await expect(queue.run([broken])).rejects.toThrow(/"ratios" must be a list/);
    await queue.close();
  });
});

test("no server, no waiting", async () => {
  const port = await freePort();
  for (const args of [
    ["worker", "--redis", `redis://127.0.0.1:${port}`],
    ["worker", "--redis", "localhost"],
  ]) {
    const { code, stderr } = await csiFeedback(...args);
    expect(stderr).toMatch(/no Redis server answers at 127.0.0.1:\d+ .*redis-server|must be an address/);
    expect(code).toBe(args[2] === "localhost" ? 2 : 4);
  }
});
