// Table VI as printed: NMSE [dB] with Lloyd-Max quantised codewords, on COST2100out and
// COST2100in. The paper does not say how many bits a value got.
import type { Ratio } from "../training/ratio";

type Printed = readonly [outdoor: number, indoor: number];

export const table6: Readonly<Record<Ratio, Readonly<Record<string, Printed>>>> = {
  "1/8": {
    CRNet: [-6.932, -11.729],
    IdasNet: [-9.638, -14.637],
    "LLMCsiNet-S": [-13.032, -18.273],
    "LLMCsiNet-M": [-16.841, -18.869],
    "LLMCsiNet-L": [-18.194, -18.961],
  },
  "1/16": {
    CRNet: [-4.739, -8.917],
    IdasNet: [-7.072, -12.018],
    "LLMCsiNet-S": [-10.553, -14.452],
    "LLMCsiNet-M": [-14.538, -15.025],
    "LLMCsiNet-L": [-17.677, -15.078],
  },
  "1/32": {
    CRNet: [-3.042, -7.118],
    IdasNet: [-5.688, -11.227],
    "LLMCsiNet-S": [-9.012, -13.835],
    "LLMCsiNet-M": [-13.796, -14.435],
    "LLMCsiNet-L": [-15.434, -14.569],
  },
  "1/64": {
    CRNet: [-1.986, -5.119],
    IdasNet: [-3.358, -8.208],
    "LLMCsiNet-S": [-7.335, -9.25],
    "LLMCsiNet-M": [-11.458, -9.443],
    "LLMCsiNet-L": [-13.496, -9.624],
  },
};
