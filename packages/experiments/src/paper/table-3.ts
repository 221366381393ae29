// Table III as printed: SGCS on COST2100out, COST2100in, UMa, DeepMIMOo1. `null` where the
// text of the table that we work from lost the number (CRNet, last column).
import type { Ratio } from "../training/ratio";

export const table3: Readonly<Record<Ratio, Readonly<Record<string, readonly (number | null)[]>>>> = {
  "1/8": {
    CRNet: [0.802, 0.933, 0.793, 0.953],
    IdasNet: [0.897, 0.965, 0.85, 0.971],
    TransInDecNet: [0.776, 0.949, 0.824, 0.963],
    "GCRNet-1x": [0.793, 0.933, 0.805, 0.955],
    "LLMCsiNet-S": [0.952, 0.987, 0.947, 0.989],
    "LLMCsiNet-M": [0.98, 0.989, 0.969, 0.992],
    "LLMCsiNet-L": [0.985, 0.991, 0.972, 0.993],
  },
  "1/16": {
    CRNet: [0.671, 0.874, 0.75, null],
    IdasNet: [0.808, 0.933, 0.808, 0.959],
    TransInDecNet: [0.659, 0.925, 0.777, 0.943],
    "GCRNet-1x": [0.672, 0.864, 0.743, 0.944],
    "LLMCsiNet-S": [0.914, 0.963, 0.938, 0.987],
    "LLMCsiNet-M": [0.968, 0.968, 0.961, 0.988],
    "LLMCsiNet-L": [0.982, 0.969, 0.967, 0.991],
  },
  "1/32": {
    CRNet: [0.509, 0.805, 0.68, null],
    IdasNet: [0.731, 0.925, 0.744, 0.933],
    TransInDecNet: [0.522, 0.853, 0.706, 0.904],
    "GCRNet-1x": [0.504, 0.786, 0.691, 0.901],
    "LLMCsiNet-S": [0.876, 0.957, 0.912, 0.981],
    "LLMCsiNet-M": [0.959, 0.963, 0.947, 0.986],
    "LLMCsiNet-L": [0.974, 0.965, 0.955, 0.987],
  },
  "1/64": {
    CRNet: [0.379, 0.694, 0.509, null],
    IdasNet: [0.549, 0.846, 0.631, 0.89],
    TransInDecNet: [0.378, 0.725, 0.595, 0.901],
    "GCRNet-1x": [0.374, 0.685, 0.506, 0.87],
    "LLMCsiNet-S": [0.821, 0.881, 0.868, 0.97],
    "LLMCsiNet-M": [0.934, 0.888, 0.918, 0.977],
    "LLMCsiNet-L": [0.958, 0.896, 0.928, 0.981],
  },
};
