// The event files, read back with TensorFlow's own message definitions and framing rules.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { readEventFile } from "../../test/read-event-file";
import { crc32c } from "./crc32c";
import { EventFile } from "./tensorboard";

const directory = await mkdtemp(join(tmpdir(), "tensorboard-"));
afterAll(() => rm(directory, { recursive: true }));

test("CRC-32C of RFC 3720's vectors", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
});

test("a file starts with the version that TensorBoard looks for", async () => {
  const file = new EventFile(directory, 1_700_000_000_123);
  await file.append({ wallTime: 1.5, step: 0, fileVersion: "brain.Event:2" });
  await file.append({ wallTime: 2, step: 301, sessionStart: true });
  expect(file.path).toContain("events.out.tfevents.1700000000.");
  expect(readEventFile(await readFile(file.path))).toEqual([
    { wallTime: 1.5, step: 0, fileVersion: "brain.Event:2" },
    { wallTime: 2, step: 301, sessionLog: { status: "START" } },
  ]);
});

test("scalars come back with tag, step and value", async () => {
  let time = 1;
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.string({ minLength: 1 }), fc.float({ noNaN: true }), {
        minKeys: 1,
        noNullPrototype: true,
      }),
      fc.integer({ min: 0, max: 2 ** 40 }),
      async (scalars, step) => {
        const file = new EventFile(directory, time++);
        await file.append({ wallTime: 7, step, scalars });
        const [event] = readEventFile(await readFile(file.path));
        const values = Object.entries(scalars).map(([tag, simpleValue]) => ({ tag, simpleValue }));
        expect(event).toEqual({ wallTime: 7, step, summary: { value: values } });
      },
    ),
    { numRuns: 50 },
  );
});
