// The demo's picture: for the first sample of each channel, what was sent and what
// the base station made of it.
import { channelFigure, type Figure, renderFigure } from "@csi-feedback/eval/figures";
import type { NamedChannels } from "../channels";
import { decodeFrames, encodeFrames } from "../link";
import { elementsAt, type Ratio } from "../ratio";
import { slice } from "./measure";
import type { DemoMethod } from "./methods";

/** Draws true channel, visible elements, preliminary and final reconstruction, and error, one row a channel. */
export async function drawDemo(
  channels: readonly NamedChannels[],
  ratio: Ratio,
  methods: readonly DemoMethod[],
): Promise<Figure> {
  const method = methods.find(({ id }) => id === "llmcsinet") as DemoMethod;
  const elements = elementsAt(ratio);
  const configuration = method.frames(ratio);
  const rows = [];
  for (const set of channels) {
    const sample = slice(set, 0, 1);
    const frames = await encodeFrames(method.coder, configuration, sample.data, sample.scales, elements);
    const preliminary = await decodeFrames(method.coder, configuration, frames, "preliminary");
    const final = await decodeFrames(method.coder, configuration, frames, "final");
    rows.push({
      name: `${set.name}, ${8 * frames[0].length} bits on air`,
      reference: sample.data,
      visible: final.reports[0].positions as Int32Array,
      reconstructions: [
        { title: "Preliminary reconstruction", values: preliminary.channels },
        { title: "Final reconstruction", values: final.channels },
      ],
    });
  }
  return await renderFigure(
    channelFigure({
      title: `LLMCsiNet at compression ratio ${ratio}`,
      channels: rows,
      shape: [2, channels[0].shape[2], channels[0].shape[3]],
      center: 0.5,
    }),
  );
}
