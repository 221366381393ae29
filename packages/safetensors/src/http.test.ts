import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { RangeServer } from "../test/range-server";
import { encodeSafetensors, parseHeader, type SafeTensor } from "./index";
import { openByteSource, openSafetensors, readSiblingFile } from "./node";

const ramp = (count: number): SafeTensor => ({
  dtype: "F32",
  shape: [count],
  data: Float32Array.from({ length: count }, (_, i) => i),
});
/** As `expect(tensor).toEqual(ramp(count))`, without comparing element by element. */
function expectRamp(tensor: SafeTensor | undefined, count: number): void {
  const bytes = (data: ArrayBufferView) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  expect(bytes(tensor!.data).equals(bytes(ramp(count).data))).toBe(true);
}

const file = encodeSafetensors([
  ["a", ramp(1000)],
  ["b", ramp(50_000)],
  ["c", ramp(2000)],
  ["d", ramp(500)],
]);
const headerBytes = parseHeader(file, file.length).dataOffset;

let server: RangeServer;
let cache: string;
let url: string;
beforeAll(async () => {
  server = await RangeServer.start();
  server.files.set("/w/model.safetensors", file);
  server.files.set("/w/config.json", new TextEncoder().encode('{"n_head":4}'));
  url = `${server.origin}/w/model.safetensors`;
});
afterAll(() => server.stop());
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "safetensors-cache-"));
});
afterEach(async () => {
  server.takeBytes();
  server.etag = '"1"';
  server.nextStatuses = [];
  server.nextCuts = [];
  server.ignoreRanges = false;
  server.redirects.clear();
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true, force: true });
});

const fast = { retryDelay: 0.001 };

describe("ranges", () => {
  test("only the header and the tensors asked for go over the wire, neighbours in one request", async () => {
    const reader = await openSafetensors(url, { cache: false });
    expect([reader.bytesRead, server.takeBytes()]).toEqual([headerBytes, headerBytes]);
    const tensors = await reader.read(["a", "c", "d"]);
    expect(tensors).toEqual(
      new Map([
        ["a", ramp(1000)],
        ["c", ramp(2000)],
        ["d", ramp(500)],
      ]),
    );
    expect(server.requests.map(({ range }) => range)).toEqual([
      `bytes=${headerBytes}-${headerBytes + 3999}`,
      `bytes=${headerBytes + 204_000}-${headerBytes + 213_999}`,
    ]);
    expect(server.takeBytes()).toBe(14_000);
    expect(reader.bytesRead).toBe(headerBytes + 14_000);
  });

  test("a transfer that breaks goes on where it stopped", async () => {
    for (const options of [
      { cache: false as const, ...fast },
      { cache, ...fast },
    ]) {
      const reader = await openSafetensors(url, options);
      server.takeBytes();
      server.nextCuts = [60_000, 60_000];
      expectRamp((await reader.read(["b"])).get("b"), 50_000);
      expect(server.requests.length).toBe(3);
      expect(server.takeBytes()).toBe(200_000);
    }
  });

  test("a busy server is asked again; one that stays away is reported", async () => {
    server.nextStatuses = [503, 429];
    const reader = await openSafetensors(url, { cache: false, ...fast });
    server.nextStatuses = [500];
    expect((await reader.read(["a"])).get("a")).toEqual(ramp(1000));
    server.nextStatuses = [500, 502, 503];
    const stubborn = openSafetensors(url, { cache: false, attempts: 3, ...fast });
    await expect(stubborn).rejects.toMatchObject({
      code: "HTTP_FAILED",
      message: expect.stringMatching(/model\.safetensors could not be read: .* answered 503/),
    });
  });

  test("an abort ends the transfer with its reason", async () => {
    const controller = new AbortController();
    const reader = await openSafetensors(url, { cache: false, signal: controller.signal });
    controller.abort(new Error("stopped by the user"));
    await expect(reader.read(["a"])).rejects.toThrow("stopped by the user");
  });

  test("a server that stands still is given up", async () => {
    const { createServer } = await import("node:http");
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const port = (silent.address() as { port: number }).port;
    const options = { cache: false as const, attempts: 2, stallTimeout: 0.05, ...fast };
    await expect(openSafetensors(`http://127.0.0.1:${port}/x.safetensors`, options)).rejects.toMatchObject({
      code: "HTTP_FAILED",
      message: expect.stringContaining("no data for 0.05 s"),
    });
    silent.closeAllConnections();
    silent.close();
  });

  test("a file that changes in between is not mixed", async () => {
    const reader = await openSafetensors(url, { cache });
    server.etag = '"2"';
    await expect(reader.read(["a"])).rejects.toMatchObject({ code: "REMOTE_FILE_CHANGED" });
  });

  test.each([
    ["404", () => {}, "/w/none.safetensors", "HTTP_NOT_FOUND"],
    ["403", () => (server.nextStatuses = [403]), "/w/model.safetensors", "HTTP_UNAUTHORIZED"],
    ["410", () => (server.nextStatuses = [410]), "/w/model.safetensors", "HTTP_STATUS"],
    ["no ranges", () => (server.ignoreRanges = true), "/w/model.safetensors", "HTTP_RANGES_UNSUPPORTED"],
  ])("%s is a clear error at once", async (_, prepare, path, code) => {
    prepare();
    await expect(openSafetensors(server.origin + path, { cache })).rejects.toMatchObject({ code });
    expect(server.requests.length).toBe(1);
  });
});

describe("the cache", () => {
  test("what was read once is not transferred again", async () => {
    await (await openSafetensors(url, { cache })).read(["a", "c"]);
    server.takeBytes();
    const again = await openSafetensors(url, { cache });
    expect((await again.read(["c", "a"])).get("c")).toEqual(ramp(2000));
    expect([server.takeBytes(), again.bytesRead]).toEqual([8, 8]);
  });

  test("a download that was cut off is continued by the next run", async () => {
    const first = await openSafetensors(url, { cache, attempts: 1 });
    server.nextCuts = [150_000];
    await expect(first.read(["b"])).rejects.toMatchObject({ code: "HTTP_FAILED" });
    server.takeBytes();
    const second = await openSafetensors(url, { cache });
    expectRamp((await second.read(["b"])).get("b"), 50_000);
    expect(server.takeBytes()).toBe(8 + 50_000);
  });

  test("a damaged part is fetched again", async () => {
    await (await openSafetensors(url, { cache })).read(["a"]);
    const files = await readdir(cache, { recursive: true });
    const part = join(cache, files.find((name) => name.endsWith(`${headerBytes}-${headerBytes + 4000}`))!);
    const content = await readFile(part);
    content[17] ^= 1;
    await writeFile(part, content);
    server.takeBytes();
    expect((await (await openSafetensors(url, { cache })).read(["a"])).get("a")).toEqual(ramp(1000));
    expect(server.takeBytes()).toBe(8 + 4000);
  });

  test("a new version of the file empties it", async () => {
    await (await openSafetensors(url, { cache })).read(["a"]);
    server.takeBytes();
    server.etag = '"2"';
    await (await openSafetensors(url, { cache })).read(["a"]);
    expect(server.takeBytes()).toBe(headerBytes + 4000);
  });

  test("two readers at once get the same part", async () => {
    const readers = await Promise.all([openSafetensors(url, { cache }), openSafetensors(url, { cache })]);
    const results = await Promise.all(readers.map((reader) => reader.read(["b"])));
    for (const tensors of results) expectRamp(tensors.get("b"), 50_000);
    const leftovers = (await readdir(cache, { recursive: true })).filter((name) => name.endsWith(".part"));
    expect(leftovers).toEqual([]);
  });

  test("it serves when the network is down", async () => {
    const own = await RangeServer.start();
    own.files.set("/o/model.safetensors", file);
    own.files.set("/o/config.json", new TextEncoder().encode("{}"));
    const source = `${own.origin}/o/`;
    await (await openSafetensors(source, { cache })).read(["d"]);
    await readSiblingFile(source, "config.json", { cache });
    await own.stop();
    const options = { cache, attempts: 1 };
    const offline = await openSafetensors(source, options);
    expect((await offline.read(["d"])).get("d")).toEqual(ramp(500));
    expect(offline.bytesRead).toBe(0);
    expect(await readSiblingFile(source, "config.json", options)).toHaveLength(2);
    await expect(offline.read(["a"])).rejects.toMatchObject({ code: "HTTP_FAILED" });
  });

  test("its place comes from the environment", async () => {
    vi.stubEnv("CSI_FEEDBACK_CACHE", join(cache, "mine"));
    await openByteSource(url);
    expect(await readdir(join(cache, "mine"))).toEqual(["weights"]);
  });
});

describe("the Hugging Face hub", () => {
  test("a repository's name gives its files, and the token goes to the hub alone", async () => {
    const storage = await RangeServer.start();
    storage.files.set("/blob", file);
    server.redirects.set(
      "/openai-community/gpt2-large/resolve/main/model.safetensors",
      `${storage.origin}/blob`,
    );
    vi.stubEnv("HF_ENDPOINT", server.origin);
    vi.stubEnv("HF_TOKEN", "hf_secret");
    const reader = await openSafetensors("openai-community/gpt2-large", { cache });
    expect((await reader.read(["a"])).get("a")).toEqual(ramp(1000));
    expect(new Set(server.requests.map(({ authorization }) => authorization))).toEqual(
      new Set(["Bearer hf_secret"]),
    );
    expect(new Set(storage.requests.map(({ authorization }) => authorization))).toEqual(new Set([undefined]));
    storage.takeBytes();
    await openSafetensors(`${storage.origin}/blob`, { cache });
    expect(storage.requests.every(({ authorization }) => authorization === undefined)).toBe(true);
    await storage.stop();
  });

  test("a revision, a sharded repository and its configuration", async () => {
    const base = "/meta/Llama-3.2/resolve/v1.0";
    const index = JSON.stringify({ weight_map: { a: "model-1.safetensors" } });
    server.files.set(`${base}/model.safetensors.index.json`, new TextEncoder().encode(index));
    server.files.set(`${base}/model-1.safetensors`, file);
    server.files.set(`${base}/config.json`, new TextEncoder().encode("{}"));
    vi.stubEnv("HF_ENDPOINT", server.origin);
    const reader = await openSafetensors("meta/Llama-3.2@v1.0", { cache });
    expect((await reader.read(["a"])).get("a")).toEqual(ramp(1000));
    expect(await readSiblingFile("meta/Llama-3.2@v1.0", "config.json", { cache })).toHaveLength(2);
  });

  test("a gated model says what to do, an unknown one what is missing", async () => {
    vi.stubEnv("HF_ENDPOINT", server.origin);
    server.nextStatuses = [401];
    await expect(openSafetensors("meta/gated", { cache })).rejects.toMatchObject({
      code: "HTTP_UNAUTHORIZED",
      message: expect.stringContaining("HF_TOKEN"),
    });
    await expect(openSafetensors("no/model", { cache })).rejects.toMatchObject({
      code: "HTTP_NOT_FOUND",
      message: "safetensors: no/model has neither model.safetensors nor model.safetensors.index.json",
    });
  });
});
