import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  designLloydMax,
  designUniform,
  gaussianDensity,
  laplacianDensity,
  type QuantizerDesign,
  rayleighDensity,
} from "./index";

// Published tables, as printed. A row whose last column holds a number is one where the printed value is
// itself off by up to that many units of its last digit; all others must agree to the last digit.
const rows = readFileSync(`${import.meta.dirname}/../test/fixtures/published-quantizers.csv`, "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split(","));

const densities: Record<string, () => ReturnType<typeof gaussianDensity>> = {
  gaussian: () => gaussianDensity(),
  laplacian: () => laplacianDensity(),
};

const designs = new Map<string, QuantizerDesign>();
function designOf(density: string, kind: string, levels: number): QuantizerDesign {
  const key = `${density} ${kind} ${levels}`;
  let design = designs.get(key);
  if (design === undefined) {
    design =
      kind === "uniform"
        ? designUniform(densities[density](), { levels, center: 0 })
        : designLloydMax(densities[density](), { levels });
    designs.set(key, design);
  }
  return design;
}

function computed(design: QuantizerDesign, quantity: string, number: number): number {
  const { quantizer, meanSquaredError, entropy } = design;
  const half = quantizer.size / 2;
  switch (quantity) {
    case "threshold":
      return quantizer.thresholds[half + number];
    case "level":
      return quantizer.levels[half + number];
    case "step":
      return quantizer.levels[1] - quantizer.levels[0];
    case "error":
      return meanSquaredError;
    case "snr":
      return -10 * Math.log10(meanSquaredError);
    case "entropy":
      return entropy;
    default:
      throw new Error(quantity);
  }
}

describe.each([...new Set(rows.map((row) => `${row[0]}, ${row[1]} ${row[2]}, ${row[3]} levels`))])(
  "%s",
  (name) => {
    test("agrees to the printed digits", () => {
      for (const row of rows) {
        const [source, density, kind, levels, quantity, number, printed, deviation] = row;
        if (`${source}, ${density} ${kind}, ${levels} levels` !== name) continue;
        const unit = 10 ** -(printed.split(".")[1]?.length ?? 0);
        const value = computed(designOf(density, kind, Number(levels)), quantity, Number(number));
        const units = Math.abs(value - Number(printed)) / unit;
        expect(units, `${quantity} ${number} printed ${printed}, computed ${value}`).toBeLessThanOrEqual(
          deviation === "" ? 0.5001 : Number(deviation) + 0.01,
        );
      }
    });
  },
);

test("designs agree with an independent computation", () => {
  const file = `${import.meta.dirname}/../test/fixtures/computed-quantizers.csv`;
  const all = { ...densities, rayleigh: () => rayleighDensity() };
  for (const line of readFileSync(file, "utf8").trim().split("\n").slice(1)) {
    const [density, levels, error, entropy, largest] = line.split(",");
    const design = designLloydMax(all[density as "rayleigh"](), { levels: Number(levels) });
    expect(design.converged).toBe(true);
    expect(design.meanSquaredError, line).toBeCloseTo(Number(error), 11);
    expect(design.entropy, line).toBeCloseTo(Number(entropy), 6);
    expect(design.quantizer.levels[Number(levels) - 1], line).toBeCloseTo(Number(largest), 6);
  }
});

test("fourteen bits follow the high-resolution law of Panter and Dite", () => {
  // D = (integral of f^(1/3))^3 / (12 L^2); sqrt(3) pi / 2 / L^2 for a Gaussian.
  const { quantizer, meanSquaredError } = designLloydMax(gaussianDensity(), { bits: 14 });
  expect(quantizer.size).toBe(16384);
  expect(meanSquaredError / ((Math.sqrt(3) * Math.PI) / 2 / 16384 ** 2)).toBeCloseTo(1, 3);
});
