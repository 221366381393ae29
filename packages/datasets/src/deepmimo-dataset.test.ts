import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { damages, expectOnlyClearErrors } from "../test/fuzz";
import { frequencyFromDeepMimo } from "./deepmimo-dataset";
import { readMat } from "./mat/read-mat";
import { readChannels } from "./read-channels";
import { toPhysical } from "./source";

const path = join(import.meta.dirname, "../test/fixtures/deepmimo-dataset.mat");
const folder = mkdtempSync(join(tmpdir(), "deepmimo-dataset-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("every reached user's first antenna, subcarrier by subcarrier", async () => {
  const { channels, users } = frequencyFromDeepMimo({ name: path }, await readMat(path), 2);
  expect(channels.shape).toEqual([2, 8, 4]);
  expect(Array.from(users)).toEqual([1, 3]);
  for (const [i, user] of users.entries()) {
    for (let subcarrier = 0; subcarrier < 8; subcarrier++) {
      for (let antenna = 0; antenna < 4; antenna++) {
        const at = (i * 8 + subcarrier) * 4 + antenna;
        expect(channels.re[at]).toBe(2000 + 100 * user + 10 * antenna + subcarrier);
        expect(channels.im[at]).toBe(-channels.re[at]);
      }
    }
  }
});

test("readChannels knows the file: unitary transforms keep its energy", async () => {
  const set = await readChannels(path, { delays: 8 });
  expect(set.shape).toEqual([2, 2, 8, 4]);
  expect(Array.from(set.perSample.user)).toEqual([1, 3]);
  const { channels } = frequencyFromDeepMimo({ name: path }, await readMat(path));
  const energy = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
  const physical = toPhysical(set).data;
  expect(energy(physical) / (energy(channels.re) + energy(channels.im))).toBeCloseTo(1, 5);
});

test("a base station that is not there, and damaged files", async () => {
  await expect(readChannels(path, { baseStation: 3 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  const damaged = join(folder, "damaged.mat");
  await expectOnlyClearErrors(damages(readFileSync(path), { head: 150, flips: 200 }), async (bytes) => {
    writeFileSync(damaged, bytes);
    await readChannels(damaged, { maxBytes: 2 ** 24 });
  });
});
