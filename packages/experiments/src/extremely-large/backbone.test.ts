// Backbones from files of the three kinds that there are.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEngine } from "@csi-feedback/engines";
import { createGpt2Layers, createLlamaLayers } from "@csi-feedback/gpt2-layers";
import { expect, test } from "vitest";
import { llm4XceDefinition, xlProfiles } from "./definition";
import { createEstimator, loadBackbone } from "./train";

test("a backbone is GPT-2 with its positions, LLaMA, or the model that comes along", {
  timeout: 600_000,
}, async () => {
  await startEngine("cpu");
  const folder = await mkdtemp(join(tmpdir(), "backbone-"));
  try {
    const gpt2 = createGpt2Layers({
      width: 64,
      heads: 1,
      layers: 3,
      seed: 1,
      positions: 1024,
      finalNorm: true,
    });
    const llama = createLlamaLayers({ width: 16, heads: 2, hidden: 24, layers: 3, seed: 1, finalNorm: true });
    const source = join(folder, "model.safetensors");
    await writeFile(source, await gpt2.toSafetensors());
    const loaded = await loadBackbone({ source, layers: 2 });
    expect([loaded.family, loaded.depth, loaded.width]).toEqual(["gpt2", 2, 64]);
    expect(loaded.parameters.get("wpe.weight")?.shape).toEqual([1024, 64]);

    const options = { profile: xlProfiles.smoke, seed: 1, backbone: { source, layers: 2 } };
    const network = await createEstimator(llm4XceDefinition(options));
    expect(network.configuration.layers).toMatchObject({
      family: "gpt2",
      width: 64,
      depth: 2,
      positions: 1024,
    });
    expect(network.size.frozen).toBe(12 * 64 ** 2 + 13 * 64);

    const config = { model_type: "llama", num_attention_heads: 2, num_key_value_heads: 2 };
    await writeFile(source, await llama.toSafetensors());
    await writeFile(join(folder, "config.json"), JSON.stringify(config));
    expect((await loadBackbone({ source, layers: 3 })).family).toBe("llama");
    expect((await loadBackbone({ source: "stories260K", layers: 1 })).width).toBe(64);
    await expect(loadBackbone({ source, layers: 4 })).rejects.toMatchObject({ code: "MISSING_LAYERS" });
  } finally {
    await rm(folder, { recursive: true });
  }
});
