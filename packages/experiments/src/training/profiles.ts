// The three budgets of an experiment.
import type { Profile } from "../experiment";

/**
 * `smoke` shows in seconds that everything runs. `laptop` is for two processor cores: CRNet trains about 400
 * samples a second there and the small LLMCsiNet about 100, so that 10 epochs of 4,000 samples are 2
 * minutes of the one and 5 of the other, data and validation included. `paper` is Section V.A, with the
 * batch size of CRNet, as the paper names none.
 */
export const profiles = {
  smoke: {
    name: "smoke",
    samples: { train: 200, validation: 50, test: 50 },
    epochs: [1, 1],
    batchSize: 50,
  },
  laptop: {
    name: "laptop",
    samples: { train: 4000, validation: 500, test: 1000 },
    epochs: [4, 6],
    batchSize: 64,
  },
  paper: {
    name: "paper",
    samples: { train: 20_000, validation: 10_000, test: 10_000 },
    epochs: [300, 300],
    batchSize: 200,
  },
} as const satisfies Record<string, Profile>;
