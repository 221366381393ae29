import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomStream } from "@csi-feedback/common";
import { afterAll, describe, expect, test } from "vitest";
import { damages, expectOnlyClearErrors } from "../../test/fuzz";
import type { ChannelSet } from "../channel-set";
import { openChannels, readChannels } from "../read-channels";
import { createChannelWriter } from "./channel-writer";
import type { ChannelFileHeader } from "./header";
import { openHdf5Channels } from "./read";
import { writeChannels } from "./write";

const folder = mkdtempSync(join(tmpdir(), "hdf5-"));
afterAll(() => rmSync(folder, { recursive: true }));
const fixtures = join(import.meta.dirname, "../../test/fixtures");

function randomSet(count: number): ChannelSet {
  const stream = randomStream(count);
  const draw = (length: number) => Float32Array.from({ length }, () => stream.uniform());
  return {
    data: draw(count * 32),
    shape: [count, 2, 4, 4],
    scale: draw(count).map((value) => value + 1),
    angleOrder: "centered",
    perSample: { speed: draw(count), position: draw(3 * count) },
    metadata: {
      generator: "none",
      version: "1.0",
      seed: 7,
      carrier: 5.3e9,
      los: false,
      sizes: [1, 2.5],
      note: "\u03c4",
      empty: "",
    },
  };
}

describe("our layout", () => {
  test("a set comes back as it was, with everything known about it", async () => {
    const set = randomSet(70);
    const path = join(folder, "set.h5");
    await writeChannels(path, set);
    expect(await readChannels(path)).toEqual(set);
  });

  test("a set without scale and per-sample values, an empty set, one scale for all", async () => {
    const path = join(folder, "bare.h5");
    const { scale: _, ...bare } = { ...randomSet(3), perSample: {} };
    await writeChannels(path, bare);
    expect(await readChannels(path)).toEqual(bare);
    const none = { ...bare, data: new Float32Array(0), shape: [0, 2, 4, 4] as const };
    await writeChannels(path, none);
    expect(await readChannels(path)).toEqual(none);
    await writeChannels(path, { ...bare, scale: Float32Array.of(4) });
    expect((await readChannels(path)).scale!.join()).toBe("4,4,4");
  });

  test("the same set gives the same bytes, whenever it is written", async () => {
    const [a, b] = [join(folder, "a.h5"), join(folder, "b.h5")];
    await writeChannels(a, randomSet(20));
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await writeChannels(b, randomSet(20));
    expect(Buffer.compare(readFileSync(a), readFileSync(b))).toBe(0);
  });

  test("samples stream in any order within a small cache", async () => {
    const set = randomSet(2000);
    const path = join(folder, "large.h5");
    await writeChannels(path, set);
    const file = await openHdf5Channels(path, { cacheBytes: 100_000 });
    const indices = randomStream(1).permutation(2000).subarray(0, 300);
    const read = await file.read(indices);
    for (const [i, index] of indices.entries()) {
      expect(
        Buffer.compare(
          Buffer.from(read.slice(i * 32, i * 32 + 32).buffer),
          Buffer.from(set.data.slice(index * 32, index * 32 + 32).buffer),
        ),
      ).toBe(0);
    }
    expect(await file.scales!(indices)).toEqual(Float32Array.from(indices, (index) => set.scale![index]));
    expect(await file.perSample("position")).toEqual(set.perSample.position);
    await expect(file.perSample("nothing")).rejects.toMatchObject({ code: "MISSING_VARIABLE" });
    await expect(file.read(Int32Array.of(2000))).rejects.toMatchObject({ code: "INVALID_INDEX" });
    file.close();
  });

  test("openChannels streams our files and reads others whole", async () => {
    for (const path of [join(folder, "large.h5"), join(fixtures, "cost2100-indoor-8.mat")]) {
      const source = await openChannels(path);
      const whole = await readChannels(path);
      const size = whole.data.length / whole.shape[0];
      expect(await source.read(Int32Array.of(5))).toEqual(whole.data.slice(5 * size, 6 * size));
      expect(source.header.metadata).toEqual(whole.metadata);
      expect(Object.keys(source.header.perSample)).toEqual(Object.keys(whole.perSample));
      for (const [name, values] of Object.entries(whole.perSample)) {
        expect(await source.perSample(name)).toEqual(values);
        expect(source.header.perSample[name]).toBe(values.length / whole.shape[0]);
      }
      await expect(source.perSample("nothing")).rejects.toMatchObject({ code: "MISSING_VARIABLE" });
      source.close();
    }
  });

  test("a set that is not consistent, or metadata that HDF5 cannot hold, leaves no file", async () => {
    const path = join(folder, "refused.h5");
    const set = randomSet(2);
    const refuse = (change: Partial<ChannelSet>, code: string) =>
      expect(writeChannels(path, { ...set, ...change })).rejects.toMatchObject({ code });
    await refuse({ data: set.data.map(() => Number.NaN) }, "NOT_FINITE");
    await refuse({ metadata: { format: "x" } }, "INVALID_ARGUMENT");
    await refuse({ metadata: { "a b": 1 } }, "INVALID_ARGUMENT");
    await refuse({ metadata: { list: [] } }, "INVALID_ARGUMENT");
    await refuse({ perSample: { "../x": new Float32Array(2) } }, "INVALID_ARGUMENT");
    expect(existsSync(path)).toBe(false);
    await expect(writeChannels(join(fixtures, "make-mat.py/x.h5"), set)).rejects.toThrow();
  });

  test("damage gives a clear error or a value, never anything else, and good files still open", async () => {
    const good = join(folder, "good.h5");
    await writeChannels(good, randomSet(12));
    const path = join(folder, "damaged.h5");
    const forms = damages(readFileSync(good), { head: 40, flips: 100 });
    const refused = await expectOnlyClearErrors(forms, async (bytes) => {
      writeFileSync(path, bytes);
      await readChannels(path, { maxBytes: 2 ** 24 });
    });
    expect(refused).toBeGreaterThan(100);
    expect((await readChannels(good)).shape).toEqual([12, 2, 4, 4]);
  });
});

describe("the resumable writer", () => {
  const set = randomSet(10);
  const header: ChannelFileHeader = {
    shape: [2, 4, 4],
    angleOrder: "centered",
    scaled: true,
    perSample: { speed: 1, position: 3 },
    metadata: set.metadata,
  };
  const block = (from: number, to: number) => ({
    data: set.data.slice(from * 32, to * 32),
    scale: set.scale!.slice(from, to),
    perSample: {
      speed: set.perSample.speed.slice(from, to),
      position: set.perSample.position.slice(3 * from, 3 * to),
    },
  });

  test("an interrupted run continues after its last whole record, to the same bytes", async () => {
    const whole = join(folder, "whole.h5");
    await writeChannels(whole, set);
    const path = join(folder, "resumed.h5");
    const first = await createChannelWriter(path, header);
    first.append(block(0, 4));
    first.append(block(4, 7));
    first.close();
    expect(existsSync(path)).toBe(false);
    // As after a crash in the middle of a write.
    truncateSync(`${path}.partial`, statSync(`${path}.partial`).size - 5);
    const second = await createChannelWriter(path, header);
    expect(second.count).toBe(4);
    second.append(block(4, 10));
    await second.finish();
    expect(existsSync(`${path}.partial`)).toBe(false);
    expect(Buffer.compare(readFileSync(path), readFileSync(whole))).toBe(0);
    expect(() => second.append(block(0, 1))).toThrow(expect.objectContaining({ code: "WRITER_CLOSED" }));
  });

  test("a journal cut or damaged anywhere is continued or refused, never trusted", async () => {
    const path = join(folder, "journal.h5");
    const writer = await createChannelWriter(path, header);
    writer.append(block(0, 2));
    writer.append(block(2, 5));
    writer.close();
    const intact = readFileSync(`${path}.partial`);
    const counts = new Set<number>();
    await expectOnlyClearErrors(
      damages(intact, { head: 40, flips: 80 }),
      async (bytes) => {
        writeFileSync(`${path}.partial`, bytes);
        const again = await createChannelWriter(path, header);
        counts.add(again.count);
        again.close();
      },
      "journal",
    );
    expect([...counts].sort()).toEqual([0, 2]);
  });

  test("a journal of other parameters is refused and kept", async () => {
    const path = join(folder, "other.h5");
    (await createChannelWriter(path, header)).close();
    const other = { ...header, metadata: { ...header.metadata, seed: 8 } };
    await expect(createChannelWriter(path, other)).rejects.toMatchObject({ code: "PARTIAL_MISMATCH" });
    expect(existsSync(`${path}.partial`)).toBe(true);
  });

  test("blocks that do not fit the header are refused", async () => {
    const writer = await createChannelWriter(join(folder, "blocks.h5"), header);
    const good = block(0, 1);
    for (const bad of [
      { ...good, data: new Float32Array(31) },
      { data: good.data, perSample: good.perSample },
      { ...good, perSample: {} },
      { ...good, perSample: { ...good.perSample, position: new Float32Array(2) } },
      { ...good, scale: Float32Array.of(0) },
      { ...good, data: good.data.map(() => 2) },
    ]) {
      expect(() => writer.append(bad)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/INVALID_SHAPE|OUT_OF_RANGE/) }),
      );
    }
    expect(writer.count).toBe(0);
    writer.close();
  });
});

describe("files of others", () => {
  const v73 = join(fixtures, "matlab-v73-cost2100.mat");
  const axes = ["single", "subcarrier", "single", "antenna"] as const;

  test("a v7.3 file written by MATLAB, complex and four-dimensional, with its axes named", async () => {
    const { shape, scale, metadata } = await readChannels(v73, { axes });
    expect([shape, metadata.subcarriers]).toEqual([[1, 2, 32, 32], 257]);
    // Twice the peak of the unitary transform, by numpy.
    expect(scale![0]).toBeCloseTo(0.0029454441948886913, 8);
    expect((await readChannels(v73, { axes, delays: 20 })).shape).toEqual([1, 2, 20, 32]);
  });

  test("CsiNet's layout in a v7.3 file", async () => {
    const { data, shape, scale } = await readChannels(join(fixtures, "matlab-like.mat"), { antennas: 4 });
    expect(shape).toEqual([3, 2, 2, 4]);
    expect([...scale!]).toEqual([1, 2, 3]);
    // Sample 1, imaginary plane, delay 1, angle 2 is column 8 + 2 * 2 + 1 of row 1.
    expect(data[16 + 8 + 4 + 2]).toBe((16 + 13) / 64);
  });

  test("a big-endian HDF5 file equals its numpy twin in Fortran order", async () => {
    const hdf5 = await readChannels(join(fixtures, "big-endian.h5"), {
      variable: "H",
      axes: ["sample", "subcarrier", "antenna"],
      delays: 5,
    });
    const numpy = await readChannels(join(fixtures, "complex-fortran.npy"), { delays: 5 });
    expect(hdf5.data).toEqual(numpy.data);
    expect(hdf5.scale).toEqual(numpy.scale);
  });

  test.each([
    ["no known variable", {}, "MISSING_VARIABLE"],
    ["a variable that is not there", { variable: "G", axes }, "MISSING_VARIABLE"],
    ["too few axes", { axes: ["subcarrier", "antenna"] }, "INVALID_AXES"],
    ["axes of two domains", { axes: ["single", "subcarrier", "single", "angle"] }, "INVALID_AXES"],
    ["a long axis called single", { axes: ["antenna", "single", "single", "subcarrier"] }, "INVALID_SHAPE"],
    ["more delays than subcarriers", { axes, delays: 258 }, "INVALID_ARGUMENT"],
    ["less memory than the array needs", { axes, maxBytes: 1000 }, "FILE_TOO_LARGE"],
  ])("%s is refused", async (_, options, code) => {
    await expect(readChannels(v73, options as never)).rejects.toMatchObject({ code });
  });

  test("damage to a v7.3 file gives a clear error or a value", async () => {
    const path = join(folder, "damaged.mat");
    const forms = damages(readFileSync(join(fixtures, "matlab-like.mat")), { head: 20, flips: 100 });
    await expectOnlyClearErrors(forms, async (bytes) => {
      writeFileSync(path, bytes);
      await readChannels(path, { antennas: 4, maxBytes: 2 ** 24 });
    });
  });
});
