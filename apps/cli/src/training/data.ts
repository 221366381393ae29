// Training data in memory: samples of channel models, scaled to [0, 1] as networks see them.
import { normalize } from "@csi-feedback/channel-dft";
import { invalid } from "@csi-feedback/common";
import { type ChannelSource, sourceOf } from "@csi-feedback/datasets";
import { generateInParallel } from "../generation/pool";
import { Progress } from "../progress";
import type { GeneratedData } from "./configuration";

/** Generates every part and joins them. */
export async function generateSource(
  label: string,
  parts: readonly GeneratedData[],
  signal?: AbortSignal,
): Promise<ChannelSource> {
  const total = parts.reduce((sum, { samples }) => sum + samples, 0);
  const progress = new Progress(label, total);
  let all: Float32Array | undefined;
  let shape: readonly [2, number, number] | undefined;
  let done = 0;
  for (const { channel, samples, seed } of parts) {
    const blocks = generateInParallel(
      { model: channel, seed },
      { first: 0, count: samples },
      signal ? { signal } : {},
    );
    for await (const { block } of blocks) {
      const { data } = normalize({ data: block.data, shape: block.shape });
      const [count, ...sampleShape] = block.shape;
      shape ??= sampleShape;
      if (shape.join() !== sampleShape.join()) {
        invalid(
          "INVALID_SHAPE",
          "train",
          `every part of the data must have the shape [${shape.join(", ")}]`,
          sampleShape,
        );
      }
      all ??= new Float32Array((total * data.length) / count);
      all.set(data, (done * data.length) / count);
      done += count;
      progress.update(done);
    }
  }
  progress.end();
  if (all === undefined || shape === undefined)
    return invalid("EMPTY_DATA", "train", `${label} must hold samples`, total);
  return sourceOf({
    data: all,
    shape: [total, ...shape],
    angleOrder: "centered",
    perSample: {},
    metadata: {},
  });
}
