import { indexSetBits } from "@csi-feedback/codec";
import { expect, test } from "vitest";
import { learnedPositionBits, measureLearnedBits, mostLearned } from "./learned-positions";

test("the file holds what a model learns from indoor channels", { timeout: 120_000 }, async () => {
  const counts = [1, 28, 111, 256];
  const measured = await measureLearnedBits("indoor", counts);
  measured.forEach((bits, i) => {
    expect(learnedPositionBits("indoor", counts[i])).toBeCloseTo(bits, 2);
  });
});

test.each(["indoor", "outdoor"] as const)(
  "%s: another value costs bits, few beside a code without a model",
  (channel) => {
    expect(learnedPositionBits(channel, 0)).toBe(0);
    for (let elements = 1; elements <= mostLearned; elements++) {
      const bits = learnedPositionBits(channel, elements);
      // Means over samples: from one M to the next they may fall by a fraction of a bit, never by a value's.
      expect(bits + 1).toBeGreaterThan(learnedPositionBits(channel, elements - 1));
      if (elements >= 8) expect(bits).toBeLessThan(indexSetBits(2048, elements, "enumerative"));
    }
  },
);
