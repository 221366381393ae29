// Table IV as printed, errors included: parameters at the user and at the base station.
import type { Ratio } from "../training/ratio";

type Printed = readonly [ue: string, bs: string];

const everywhere = (ue: string, bs: string): Record<Ratio, Printed> => ({
  "1/8": [ue, bs],
  "1/16": [ue, bs],
  "1/32": [ue, bs],
  "1/64": [ue, bs],
});

export const table4: Readonly<Record<string, Readonly<Record<Ratio, Printed>>>> = {
  CRNet: {
    "1/8": ["0.52M", "0.53M"],
    "1/16": ["0.26M", "0.27M"],
    "1/32": ["0.13M", "0.14M"],
    "1/64": ["0.07M", "0.07M"],
  },
  IdasNet: everywhere("3.16K", "3.36K"),
  TransInDecNet: {
    "1/8": ["0.80M", "0.52M"],
    "1/16": ["0.26M", "0.54M"],
    "1/32": ["0.13M", "0.41M"],
    "1/64": ["0.07M", "0.34M"],
  },
  "GCRNet-1x": {
    "1/8": ["0.52M", "2.18M"],
    "1/16": ["0.26M", "1.92M"],
    "1/32": ["0.13M", "1.79M"],
    "1/64": ["0.07M", "1.72M"],
  },
  "LLMCsiNet-S": everywhere("3.16K", "19.85M"),
  "LLMCsiNet-M": everywhere("3.16K", "59.21M"),
  "LLMCsiNet-L": everywhere("3.16K", "118.24M"),
};
