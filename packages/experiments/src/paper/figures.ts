// The numbers of the paper's figures that its text prints. The curves themselves carry no
// numbers, and none was read off a picture: Figures 7, 8, 9 and 12 have none at all, and of
// Figure 10 only differences are told.
import type { Ratio } from "../training/ratio";
import type { PaperChannel } from "./channels";

interface PrintedNmse {
  readonly channel: PaperChannel;
  readonly ratio: Ratio;
  /** NMSE [dB] by method. */
  readonly nmse: Readonly<Record<string, number>>;
}

/** Figure 5: NMSE without quantisation. */
export const figure5: readonly PrintedNmse[] = [
  {
    channel: "cost2100-outdoor",
    ratio: "1/8",
    nmse: {
      CRNet: -7.051,
      IdasNet: -9.783,
      TransInDecNet: -6.512,
      "GCRNet-1x": -6.727,
      "LLMCsiNet-S": -13.107,
      "LLMCsiNet-M": -17.078,
      "LLMCsiNet-L": -18.643,
    },
  },
  { channel: "cost2100-outdoor", ratio: "1/64", nmse: { "LLMCsiNet-L": -13.566 } },
  {
    channel: "cost2100-indoor",
    ratio: "1/8",
    nmse: {
      CRNet: -12.138,
      IdasNet: -15.342,
      "LLMCsiNet-S": -19.449,
      "LLMCsiNet-M": -19.865,
      "LLMCsiNet-L": -19.926,
    },
  },
  {
    channel: "uma",
    ratio: "1/8",
    nmse: { CRNet: -6.971, IdasNet: -8.416, TransInDecNet: -7.492, "LLMCsiNet-L": -16.732 },
  },
  {
    channel: "street-canyon",
    ratio: "1/8",
    nmse: { IdasNet: -16.006, TransInDecNet: -14.851, "LLMCsiNet-L": -21.456 },
  },
  { channel: "street-canyon", ratio: "1/64", nmse: { "LLMCsiNet-L": -16.25 } },
];

/** Figure 6: inference time on an RTX 4090 [ms]. */
export const figure6 = { "LLMCsiNet UE": 1.54, "LLMCsiNet-L BS": 5.06 } as const;

/** Figure 10, as told: NMSE lost [dB] on COST2100out when a module is taken out of LLMCsiNet-L, least and most. */
export const figure10Losses = {
  encoder: [5, 10],
  preliminaryDecoder: [2, 4],
  tokenPredictor: [8, 10],
} as const;

/** Figure 11: NMSE [dB] at 1/8 after fine-tuning a network of COST2100out on samples of COST2100in. */
export const figure11 = {
  samples: 3000,
  nmse: { "LLMCsiNet-L": -12.57, IdasNet: -6.97 },
  /** Fine-tuning time of LLMCsiNet-L over CRNet's, about. */
  timeOverCrNet: 3,
} as const;
