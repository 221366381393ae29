// Table II as printed: values, bits a value, positions, bits a position, total bits.

export const table2 = {
  "1/8": { CRNet: [256, 64, 0, 0, 16_384], LLMCsiNet: [222, 64, 221, 10, 16_418] },
  "1/16": { CRNet: [128, 64, 0, 0, 8192], LLMCsiNet: [112, 64, 111, 10, 8278] },
  "1/32": { CRNet: [64, 64, 0, 0, 4096], LLMCsiNet: [57, 64, 56, 10, 4208] },
  "1/64": { CRNet: [32, 64, 0, 0, 2048], LLMCsiNet: [29, 64, 28, 10, 2136] },
} as const;
