// What the figures show, from rows made by hand.
import { expect, test } from "vitest";
import { describeScenario, findXlExperiment, hybrid, SNRS } from ".";
import { XL_METRIC } from "./measure";

const row = (method: string, value: number, changes: { channel?: string; condition?: string } = {}) => ({
  experiment: "xl",
  method,
  channel: describeScenario(hybrid),
  ratio: "",
  condition: "SNR 10 dB",
  metric: XL_METRIC.nmse,
  value,
  low: value - 1,
  high: value + 1,
  profile: "laptop",
  samples: 9,
  data: "made by hand",
  epochs: 2,
  seed: 1,
  engine: "none",
  hardware: "none",
  commit: "none",
  ...changes,
});

/** The values of a figure's data, by series. */
function valuesOf(specification: object, series: string): number[] {
  const { data } = specification as { data: { values: { series: string; y?: number; value?: number }[] } };
  return data.values.filter((one) => one.series === series).map(({ y, value }) => (y ?? value) as number);
}

test("variants are drawn over the first one", () => {
  const rows = SNRS.flatMap((snr) => [
    row("LLM4XCE", -snr, { condition: `SNR ${snr} dB` }),
    row("without residual prediction", 1 - snr, { condition: `SNR ${snr} dB` }),
  ]);
  const [{ name, specification }] = findXlExperiment("ablation").figures(rows);
  expect(name).toBe("xl-ablation");
  expect(valuesOf(specification, "LLM4XCE")).toEqual(SNRS.map(() => 0));
  expect(valuesOf(specification, "without residual prediction")).toEqual(SNRS.map(() => 1));
  expect(findXlExperiment("ablation").figures([])).toEqual([]);
});

test("networks of the linear array are drawn on the others, and those trained there when there are any", () => {
  const at = (array: "planar" | "irregular") => ({ channel: describeScenario({ ...hybrid, array }) });
  const moved = "XLCNet, trained on the linear array";
  const some = [row("XLCNet", -12), row(moved, -10, at("planar")), row(moved, -9, at("irregular"))];
  const seriesOf = (rows: typeof some) => {
    const [{ specification }] = findXlExperiment("arrays").figures(rows);
    return [moved, "XLCNet, trained on each array"].map((name) => valuesOf(specification, name));
  };
  expect(seriesOf(some)).toEqual([[-12, -10, -9], []]);
  const all = [...some, row("XLCNet", -11.5, at("planar")), row("XLCNet", -11, at("irregular"))];
  expect(seriesOf(all)).toEqual([
    [-12, -10, -9],
    [-12, -11.5, -11],
  ]);
});

test("a network of the antennas' domain has a figure of its own, beside the same in the angle domain", () => {
  const rows = ["LS", "OMP, angle domain", "XLCNet", "XLCNet, antenna domain"].flatMap((method) =>
    SNRS.map((snr) => row(method, -snr, { condition: `SNR ${snr} dB` })),
  );
  const figures = findXlExperiment("snr").figures(rows);
  expect(figures.map(({ name }) => name)).toEqual(["xl-snr-far-1-near-5", "xl-snr-domains"]);
  const shown = figures.map(({ specification }) =>
    ["LS", "OMP, angle domain", "XLCNet", "XLCNet, antenna domain"].map(
      (name) => valuesOf(specification, name).length > 0,
    ),
  );
  expect(shown).toEqual([
    [true, true, true, false],
    [true, false, true, true],
  ]);
});
