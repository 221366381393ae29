import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readPytorch } from "../src/networks/pytorch/checkpoint";
import { readPickle } from "../src/networks/pytorch/pickle";

const fixture = (name: string) => new Uint8Array(readFileSync(join(import.meta.dirname, "fixtures", name)));
const files = ["crnet-zip.pth", "crnet-stream.pth"];

/** Reads, and lets nothing through but a result or the documented error. */
function readsOrRefuses(bytes: Uint8Array): void {
  try {
    readPytorch(bytes);
  } catch (error) {
    if ((error as { code?: string }).code !== "PYTORCH_FORMAT") throw error;
  }
}

describe.each(files)("%s", (file) => {
  test("every prefix is refused", () => {
    const bytes = fixture(file);
    for (let length = 0; length < bytes.length; length += 97) {
      const cut = bytes.subarray(0, length);
      expect(() => readPytorch(cut)).toThrowError(expect.objectContaining({ code: "PYTORCH_FORMAT" }));
    }
  });

  test("changed bytes are read or refused, nothing else", () => {
    const bytes = fixture(file);
    // The pickles are at the front; beyond them are numbers.
    const change = fc.tuple(fc.nat({ max: 14_000 }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const damaged = bytes.slice();
        for (const [at, value] of changes) damaged[at] = value;
        if (file === "crnet-zip.pth") restoreChecksum(damaged);
        readsOrRefuses(damaged);
      }),
      { numRuns: 400 },
    );
  });
});

/** Corrects the checksum of data.pkl, so that changes get as far as the pickle. */
function restoreChecksum(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer);
  const text = Buffer.from(bytes.buffer).toString("latin1");
  const name = text.lastIndexOf("/data.pkl");
  const entry = text.lastIndexOf("PK\x01\x02", name);
  const header = view.getUint32(entry + 42, true);
  const begin = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
  const content = bytes.subarray(begin, begin + view.getUint32(entry + 24, true));
  view.setUint32(entry + 16, crc32(content), true);
}

test("random pickles are read or refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        readPickle(bytes, { persistent: () => null });
      } catch (error) {
        if ((error as { code?: string }).code !== "PYTORCH_FORMAT") throw error;
      }
    }),
    { numRuns: 3000 },
  );
});

test("a function in a file is never called", () => {
  // What Python would take as os.system("echo").
  const bytes = new TextEncoder().encode("\x80\x02cos\nsystem\nX\x04\x00\x00\x00echo\x85R.").slice();
  const file = Uint8Array.from([...bytes].filter((byte, i) => !(byte === 0xc2 && bytes[i + 1] >= 0x80)));
  expect(readPickle(file, { persistent: () => null }).value).toMatchObject({
    name: "os.system",
    args: ["echo"],
  });
});
