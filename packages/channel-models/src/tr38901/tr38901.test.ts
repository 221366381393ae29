import { readFileSync } from "node:fs";
import { join } from "node:path";
import { randomStream } from "@csi-feedback/common";
import { describe, expect, it } from "vitest";
import { deviation, kolmogorovSmirnovAgainst, mean, normalCdf, quantile } from "../../test/statistics";
import { circularAngleSpread, pathPower, rmsDelaySpread } from "../paths";
import { cdl, tr38901 } from ".";
import cdlTables from "./cdl.json";
import { drawLargeScale, largeScaleLaws, lineOfSightProbability, pathLoss } from "./large-scale";
import { RAY_OFFSETS } from "./rays";

type PathLossRow = { d2D: number; PL_LOS: number; PL_NLOS: number };
const fixture = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../test/fixtures/tr38901-28ghz.json"), "utf8"),
);
const uma = (distance: number) => ({ distance, baseStationHeight: 25, userHeight: 1.5 });
const umi = (distance: number) => ({ distance, baseStationHeight: 10, userHeight: 1.5 });

describe("the standard's formulas", () => {
  // The fixture takes 299,792,458 m/s in the breakpoint distance, the standard 3e8: 0.0054 dB beyond it.
  it("path loss", () => {
    for (const [rows, scenario, geometry, carrier] of [
      [fixture["pathloss_UMa_28GHz_hBS25_hUT1.5"], "UMa", uma, 28e9],
      [fixture["pathloss_UMi_28GHz_hBS10_hUT1.5"], "UMi", umi, 28e9],
      [fixture.pathloss_UMa_3p5GHz, "UMa", uma, 3.5e9],
    ] as const) {
      for (const row of rows as PathLossRow[]) {
        expect(Math.abs(pathLoss(scenario, "los", carrier, geometry(row.d2D)) - row.PL_LOS)).toBeLessThan(
          0.006,
        );
        expect(Math.abs(pathLoss(scenario, "nlos", carrier, geometry(row.d2D)) - row.PL_NLOS)).toBeLessThan(
          0.006,
        );
      }
    }
  });

  it("line-of-sight probability", () => {
    for (const scenario of ["UMa", "UMi"] as const) {
      for (const [distance, probability] of Object.entries(fixture[`P_LOS_${scenario}`])) {
        expect(lineOfSightProbability(scenario, Number(distance))).toBeCloseTo(Number(probability), 10);
      }
    }
  });

  it("large-scale laws at 28 GHz", () => {
    for (const [name, table] of Object.entries(
      fixture.lsp_at_28GHz as Record<string, Record<string, number[]>>,
    )) {
      const [scenario, state] = name.split("_") as ["UMa" | "UMi", "LOS" | "NLOS"];
      const geometry = scenario === "UMa" ? uma(100) : umi(100);
      const laws = largeScaleLaws(scenario, state === "LOS" ? "los" : "nlos", 28e9, geometry);
      for (const [key, law] of [
        ["lgDS", laws.delaySpread],
        ["lgASD", laws.asd],
        ["lgASA", laws.asa],
        ["lgZSA", laws.zsa],
      ] as const) {
        expect(law.mean).toBeCloseTo(table[key][0], 10);
        expect(law.deviation).toBeCloseTo(table[key][1], 10);
      }
    }
  });

  it("offset of the zenith of departure", () => {
    for (const [distance, offset] of Object.entries(fixture.ZOD_offset_UMa_NLOS_deg)) {
      const laws = largeScaleLaws("UMa", "nlos", 28e9, uma(Number(distance)));
      expect(laws.zenithOffset).toBeCloseTo(Number(offset), 8);
    }
  });

  // Table 7.7.3-2 [ns]: the delay spreads that the tables of clause 7.5 must lead to.
  it("delay spreads of table 7.7.3-2", () => {
    const carriers = [2, 6, 15, 28, 39, 60, 70];
    const spreads = (scenario: "UMa" | "UMi", state: "los" | "nlos", z: number) =>
      carriers.map((carrier) => {
        const { mean, deviation } = largeScaleLaws(scenario, state, carrier * 1e9, uma(100)).delaySpread;
        return 1e9 * 10 ** (mean + z * deviation);
      });
    const close = (ours: number[], table: number[]) =>
      ours.forEach((value, i) => {
        expect(Math.abs(value / table[i] - 1)).toBeLessThan(Math.max(0.004, 0.6 / table[i]));
      });
    close(spreads("UMa", "los", 0), [93, 93, 85, 80, 78, 75, 74]);
    close(spreads("UMa", "nlos", 0), [363, 363, 302, 266, 249, 228, 221]);
    close(spreads("UMa", "nlos", 1.28155), [1148, 1148, 955, 841, 786, 720, 698]);
    close(spreads("UMi", "los", 0).slice(1), [45, 37, 32, 30, 27, 26]);
    close(spreads("UMi", "nlos", 0).slice(1), [93, 76, 66, 61, 55, 53]);
    close(spreads("UMi", "nlos", 1.28155).slice(1), [316, 307, 301, 297, 293, 291]);
  });

  it("ray offsets have unit spread", () => {
    expect(Math.sqrt(mean(RAY_OFFSETS.map((offset) => offset ** 2)))).toBeCloseTo(1, 3);
    expect(mean(RAY_OFFSETS)).toBeCloseTo(0, 15);
  });
});

describe("large-scale draws", () => {
  it("marginals and cross-correlations", () => {
    for (const [scenario, state] of [
      ["UMa", "los"],
      ["UMa", "nlos"],
      ["UMi", "los"],
      ["UMi", "nlos"],
    ] as const) {
      const geometry = scenario === "UMa" ? uma(100) : umi(100);
      const random = randomStream(1);
      const draws = Array.from({ length: 4000 }, () =>
        drawLargeScale(random, scenario, state, 28e9, geometry),
      );
      const laws = largeScaleLaws(scenario, state, 28e9, geometry);
      const ds = draws.map((draw) => Math.log10(draw.delaySpread));
      const asd = draws.map((draw) => Math.log10(draw.asd));
      const law = laws.delaySpread;
      expect(kolmogorovSmirnovAgainst(ds, (x) => normalCdf((x - law.mean) / law.deviation))).toBeGreaterThan(
        0.01,
      );
      const correlation = (a: number[], b: number[]) => {
        const [meanA, meanB] = [mean(a), mean(b)];
        return mean(a.map((value, i) => (value - meanA) * (b[i] - meanB))) / deviation(a) / deviation(b);
      };
      const expected = { "UMa los": 0.4, "UMa nlos": 0.4, "UMi los": 0.5, "UMi nlos": 0 }[
        `${scenario} ${state}`
      ];
      expect(Math.abs(correlation(ds, asd) - (expected ?? 0))).toBeLessThan(0.06);
      const shadowing = draws.map((draw) => draw.shadowing);
      const withDs = { "UMa los": -0.4, "UMa nlos": -0.4, "UMi los": -0.4, "UMi nlos": -0.7 }[
        `${scenario} ${state}`
      ];
      expect(Math.abs(correlation(ds, shadowing) - (withDs ?? 0))).toBeLessThan(0.06);
      expect(Math.max(...draws.map((draw) => draw.asa))).toBeLessThanOrEqual(104);
    }
  });
});

describe("drops", () => {
  it("the rays' powers sum to one before path loss and shadowing", () => {
    for (const state of ["los", "nlos"] as const) {
      for (let i = 0; i < 5; i++) {
        const { paths, details } = tr38901("UMa", { state })(randomStream(2, i));
        expect(pathPower(paths) * 10 ** ((details.pathLoss - details.shadowing) / 10)).toBeCloseTo(1, 10);
        expect(Math.min(...paths.delays)).toBe(0);
      }
    }
  });

  it("the direct ray holds the drawn K-factor and carries the phase of the distance", () => {
    const { paths, details, user } = tr38901("UMa", { state: "los" })(randomStream(3));
    const rician = 10 ** (details.kFactor / 10);
    const power = paths.gainsRe[0] ** 2 + paths.gainsIm[0] ** 2;
    expect(power / pathPower(paths)).toBeCloseTo(rician / (1 + rician), 10);
    const cycles = Math.hypot(user.x, user.y, 23.5) / (3e8 / 28e9);
    const turn = Math.atan2(paths.gainsIm[0], paths.gainsRe[0]) + 2 * Math.PI * (cycles - Math.round(cycles));
    expect(Math.cos(turn)).toBeCloseTo(1, 6);
    expect(paths.azimuths[0]).toBeCloseTo(Math.atan2(user.y, user.x), 10);
  });

  // Medians of 150 drops of another implementation (QuaDRiGa 2.8.1): DS 270 ns, deviation of lg DS
  // 0.37, ASD 21.9 and ASA 49.7 degrees; with line of sight 50 ns, 16.5 and 65.0 degrees.
  it("measured spreads follow the drawn ones and another implementation's", () => {
    const drops = 100;
    const nlos = Array.from({ length: drops }, (_, i) =>
      tr38901("UMa", { state: "nlos" })(randomStream(4, i)),
    );
    const ds = nlos.map(({ paths }) => Math.log10(rmsDelaySpread(paths)));
    const drawn = nlos.map(({ details }) => Math.log10(details.drawnDelaySpread));
    expect(Math.abs(mean(ds) - mean(drawn))).toBeLessThan(0.06);
    expect(Math.abs(mean(ds) + 6.579)).toBeLessThan((3 * 0.38) / Math.sqrt(drops / 2));
    const spread = (angles: "azimuths" | "arrivalAzimuths") =>
      quantile(
        nlos.map(
          ({ paths }) => (circularAngleSpread(paths, paths[angles] ?? paths.azimuths) * 180) / Math.PI,
        ),
        0.5,
      );
    expect(Math.abs(spread("azimuths") - 21.9)).toBeLessThan(4);
    expect(Math.abs(spread("arrivalAzimuths") - 49.7)).toBeLessThan(8);
    const los = Array.from({ length: drops }, (_, i) => tr38901("UMa", { state: "los" })(randomStream(5, i)));
    const losDs = los.map(({ paths }) => Math.log10(rmsDelaySpread(paths)));
    expect(Math.abs(mean(losDs) + 7.17)).toBeLessThan((3 * 0.7) / Math.sqrt(drops / 2));
  });

  it("line of sight occurs as often as the table says", () => {
    const draw = tr38901("UMi", { radii: [50, 50] });
    const share = mean(Array.from({ length: 400 }, (_, i) => draw(randomStream(6, i)).details.lineOfSight));
    expect(Math.abs(share - 0.5196)).toBeLessThan(3 * Math.sqrt(0.25 / 400));
  });

  it("a cross-polarised array sees two independent polarisations of equal mean power", () => {
    const slants = { baseStation: [Math.PI / 4, -Math.PI / 4], user: 0 } as const;
    const ratios = Array.from({ length: 40 }, (_, i) => {
      const { paths } = tr38901("UMa", { state: "nlos", slants })(randomStream(7, i));
      const { secondGainsRe: re = paths.gainsRe, secondGainsIm: im = paths.gainsIm } = paths;
      return pathPower({ ...paths, gainsRe: re, gainsIm: im }) / pathPower(paths);
    });
    expect(Math.abs(mean(ratios.map(Math.log)))).toBeLessThan(0.1);
  });

  it("rejects impossible geometry", () => {
    expect(() => tr38901("UMa", { userHeight: 20 })).toThrow(/userHeight/);
    expect(() => tr38901("UMa", { radii: [50, 10] })).toThrow(/radii/);
    expect(() => cdl("A", { delaySpread: 0 })).toThrow(/delaySpread/);
  });
});

describe("clustered delay lines", () => {
  it("normalised delays have unit delay spread", () => {
    for (const [name, { clusters }] of Object.entries(cdlTables.profiles)) {
      const paths = {
        delays: Float64Array.from(clusters, ([delay]) => delay),
        gainsRe: Float64Array.from(clusters, ([, power]) => 10 ** (power / 20)),
        gainsIm: new Float64Array(clusters.length),
        azimuths: new Float64Array(clusters.length),
      };
      // The rounding of table 7.7.1-4 leaves D at 0.994.
      expect(Math.abs(rmsDelaySpread(paths) - 1), name).toBeLessThan(name === "D" ? 0.007 : 1e-4);
    }
  });

  it("powers sum to one and the delay spread is the one asked for", () => {
    const { paths } = cdl("C", { delaySpread: 300e-9 })(randomStream(8));
    expect(pathPower(paths)).toBeCloseTo(1, 10);
    expect(rmsDelaySpread(paths) * 1e9).toBeCloseTo(300, 1);
    expect(paths.delays.length).toBe(24 * 20);
  });

  it("the specular path of D holds 13.3 dB over its cluster", () => {
    const { paths } = cdl("D")(randomStream(9));
    const powers = paths.gainsRe.map((re, l) => re * re + paths.gainsIm[l] ** 2);
    expect(10 * Math.log10(powers[0] / powers.subarray(1, 21).reduce((a, b) => a + b, 0))).toBeCloseTo(
      13.3,
      6,
    );
  });
});
