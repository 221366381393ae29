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

test("every printed value has a source that says where it was printed", () => {
  const sources = readFileSync(`${import.meta.dirname}/../test/fixtures/published-sources.csv`, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",", 1)[0]);
  expect(sources.sort()).toEqual([...new Set(rows.map(([source]) => source))].sort());
});

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

test.each([
  ["Gaussian", gaussianDensity(), (Math.sqrt(3) * Math.PI) / 2],
  ["Laplacian", laplacianDensity(), 9 / 2],
] as const)("sixteen bits follow the high-resolution law of Panter and Dite: %s", (_, density, constant) => {
  // D = (integral of f^(1/3))^3 / (12 L^2).
  const { quantizer, meanSquaredError, converged } = designLloydMax(density, { bits: 16 });
  expect([quantizer.size, converged]).toEqual([65536, true]);
  expect((meanSquaredError * 65536 ** 2) / constant).toBeCloseTo(1, 3);
});

test("every number of bits is a fourth of the error before it, or nearly", () => {
  let last = 1;
  for (let bits = 1; bits <= 12; bits++) {
    const { meanSquaredError, quantizer } = designLloydMax(gaussianDensity(), { bits });
    expect(quantizer.bits).toBe(bits);
    expect(meanSquaredError / last).toBeGreaterThan(0.25);
    expect(meanSquaredError / last).toBeLessThan(0.37);
    last = meanSquaredError;
  }
});
