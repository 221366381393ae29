// Result rows for tests.
import type { ResultRow } from "../src/experiment";

/** A row with the given parts, the rest filled in. */
export function resultRow(parts: Partial<ResultRow> = {}): ResultRow {
  return {
    experiment: "table-3",
    method: "LLMCsiNet",
    channel: "cost2100-outdoor",
    ratio: "1/8",
    condition: "",
    metric: "SGCS",
    value: 0.95,
    profile: "smoke",
    samples: 100,
    data: "COST2100 outdoor, seed 7",
    epochs: 2,
    seed: 1,
    engine: "onnxruntime",
    hardware: "a processor, 2 cores, 24 GiB",
    commit: "0123456789ab",
    ...parts,
  };
}
