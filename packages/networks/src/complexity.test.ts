import "./test-support";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { createAcrNet } from "./baselines/acrnet";
import { createCrNet } from "./baselines/crnet";
import { createCsiNet } from "./baselines/csinet";
import { measureComplexity } from "./complexity";
import { createLlmCsiNet } from "./llmcsinet/create";
import type { FeedbackNetwork } from "./network";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

async function total(network: FeedbackNetwork): Promise<number> {
  const { ue, bs } = await measureComplexity(network);
  network.dispose();
  return ue.multiplyAccumulates + bs.multiplyAccumulates;
}

test("CRNet's published counts at 1/4 to 1/64", async () => {
  const counts = [];
  for (const codeword of [512, 256, 128, 64, 32]) counts.push(await total(createCrNet({ codeword })));
  expect(counts).toEqual([5_122_048, 4_073_472, 3_549_184, 3_287_040, 3_155_968]);
});

test("CsiNet's and ACRNet's at 1/4", async () => {
  expect(((await total(createCsiNet({ codeword: 512 }))) / 1e6).toFixed(2)).toBe("5.41");
  expect(((await total(createAcrNet({ codeword: 512 }))) / 1e6).toFixed(2)).toBe("4.64");
});

test("LLMCsiNet: two convolutions at the user; refine blocks, tokens and layers at the base station", async () => {
  const network = createLlmCsiNet({ form: "paper", layers: { width: 64, heads: 4, depth: 2 } });
  const { ue, bs } = await measureComplexity(network, 100);
  expect(ue.multiplyAccumulates).toBe(2 * 9 * 2 * 64 * 1024);
  const refine = 2 * 9 * (2 * 8 + 8 * 16 + 16 * 2) * 1024 + 9 * 2 * 2 * 1024;
  const tokens = 2 * 64 * 32 * 64;
  expect(bs.multiplyAccumulates).toBe(refine + tokens + network.layers!.multiplyAccumulates(65));
  network.dispose();
});
