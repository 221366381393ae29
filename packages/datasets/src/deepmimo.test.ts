import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { damages, expectOnlyClearErrors } from "../test/fuzz";
import { readDeepMimoV3, readDeepMimoV4 } from "./deepmimo";
import { encodeMat } from "./mat/write-mat";

const fixtures = join(import.meta.dirname, "../test/fixtures");
const folder = mkdtempSync(join(tmpdir(), "deepmimo-"));
afterAll(() => rmSync(folder, { recursive: true }));
const link = { transmitterSet: 1, transmitter: 0, receiverSet: 2 };

test("a version 3 file and a version 4 folder of the same paths read the same", async () => {
  const v3 = await readDeepMimoV3(join(fixtures, "deepmimo-v3.mat"));
  expect(v3.users[0]).toEqual({
    phases: Float64Array.of(90, -45),
    delays: Float64Array.of(1e-7, 3e-7),
    powers: Float64Array.of(-70, -80),
    departureAzimuths: Float64Array.of(30, 60),
    departureZeniths: Float64Array.of(95, 100),
  });
  expect(v3.users.map(({ delays }) => delays.length)).toEqual([2, 0, 1]);
  expect(v3.positions!.join()).toBe("1,2,3,4,5,6,7,8,9");
  expect(await readDeepMimoV4(join(fixtures, "deepmimo-v4"), link)).toEqual(v3);
});

describe("bad input", () => {
  test("another link, a folder that is not there, matrices of other sizes", async () => {
    const v4 = join(fixtures, "deepmimo-v4");
    await expect(readDeepMimoV4(v4, { ...link, receiverSet: 3 })).rejects.toMatchObject({
      code: "MISSING_VARIABLE",
    });
    await expect(readDeepMimoV4(join(folder, "none"), link)).rejects.toMatchObject({
      code: "FILE_NOT_READABLE",
    });
    const copy = join(folder, "v4");
    cpSync(v4, copy, { recursive: true });
    writeFileSync(
      join(copy, "phase_t001_tx000_r002.mat"),
      encodeMat({ phase: { dimensions: [3, 1], data: new Float64Array(3) } }),
    );
    await expect(readDeepMimoV4(copy, link)).rejects.toMatchObject({ code: "INVALID_SHAPE" });
  });

  test("a file without channels", async () => {
    await expect(readDeepMimoV3(join(fixtures, "cost2100-indoor-8.mat"))).rejects.toMatchObject({
      code: "MISSING_VARIABLE",
    });
  });

  test("damage gives a clear error or a value", async () => {
    const path = join(folder, "damaged.mat");
    const forms = damages(readFileSync(join(fixtures, "deepmimo-v3.mat")), { head: 100, flips: 200 });
    await expectOnlyClearErrors(forms, async (bytes) => {
      writeFileSync(path, bytes);
      await readDeepMimoV3(path, { maxBytes: 2 ** 24 });
    });
  });
});
