// The methods that the demo compares. All of them send the same number of elements
// in the same kind of frame, so they cost the same bits.

import type { FrameConfiguration } from "@csi-feedback/codec";
import { type FeedbackMethod, keepElements } from "@csi-feedback/networks";
import type { Model } from "../models";
import type { Ratio } from "../ratio";

/** One row of the table. */
export interface DemoMethod {
  /** Stable name, for JSON. */
  readonly id: string;
  /** Name for people. */
  readonly title: string;
  /** What turns channels into codewords and back. */
  readonly coder: FeedbackMethod;
  readonly output: "preliminary" | "final";
  frames(ratio: Ratio): FrameConfiguration;
}

/** The rows for a model, the paper's form of it when there is one, and the control without a network. */
export function demoMethods(models: { model: Model; paperForm?: Model }): DemoMethod[] {
  const { model, paperForm } = models;
  const shape = model.network.shape;
  const largest = keepElements({ rule: "largest", delays: shape[1], antennas: shape[2] });
  return [
    { id: "llmcsinet", title: "LLMCsiNet", coder: model.network, output: "final", frames: model.frames },
    {
      id: "llmcsinet-preliminary",
      title: "LLMCsiNet, preliminary decoder alone",
      coder: model.network,
      output: "preliminary",
      frames: model.frames,
    },
    ...(paperForm
      ? [
          {
            id: "llmcsinet-paper-form",
            title: "LLMCsiNet in the paper's form",
            coder: paperForm.network,
            output: "final",
            frames: paperForm.frames,
          } as const,
        ]
      : []),
    {
      id: "m-largest",
      title: "M largest magnitudes + mean fill",
      coder: largest,
      output: "final",
      frames: model.controlFrames,
    },
  ];
}
