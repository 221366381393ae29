// The kernels as WebGPU shaders, where an adapter answers; skipped elsewhere. A software
// one will do, for example Chromium's:
//   LD_LIBRARY_PATH=/usr/lib/chromium VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json npx vitest run src/webgpu.test.ts
import { randomStream } from "@csi-feedback/common";
import { expect, test } from "vitest";
import { create, globals } from "webgpu";
import { createSelfInformationKernel, selfInformation } from "./index";

Object.assign(globalThis, globals);
const gpu = create([]);
Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
// Without a Vulkan loader the package only warns.
const adapter = process.env.VK_ICD_FILENAMES === undefined ? null : await gpu.requestAdapter();

test
  .skipIf(adapter === null)
  .each([
    { patch: 3 },
    { patch: 1, bandwidth: 0.3, padding: 0.5 },
    { patch: 3, normalization: "sample" },
    { patch: 3, bandwidth: 0.02 },
  ] as const)("equals the plain reference: %o", { timeout: 60_000 }, async (options) => {
  const shape = [3, 2, 8, 12] as const;
  const stream = randomStream(4);
  const channels = Float32Array.from({ length: 3 * 2 * 8 * 12 }, () => stream.uniform());
  const kernel = await createSelfInformationKernel(shape, { ...options, mode: "webgpu" });
  expect(kernel.mode).toBe("webgpu");
  const expected = selfInformation(channels, shape, options);
  for (const [i, value] of (await kernel.run(channels)).entries()) {
    expect(Math.abs(value - expected[i])).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected[i])));
  }
  await kernel.dispose();
});
