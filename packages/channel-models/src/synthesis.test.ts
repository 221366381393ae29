import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { synthesizeAngleDelay } from "./synthesis";

const data = join(import.meta.dirname, "../../../../shared/data/cost2100");

interface Vectors {
  fc: number;
  B: number;
  samples: {
    amp_re: number[];
    amp_im: number[];
    delay_us: number[];
    aod_rad: number[];
    angle_delay_re: number[][];
    angle_delay_im: number[][];
  }[];
}

describe.skipIf(!existsSync(data))("reference COST 2100 path lists", () => {
  for (const name of ["in", "out"]) {
    it(`synthesis_vectors_${name}`, () => {
      const vectors: Vectors = JSON.parse(readFileSync(join(data, `synthesis_vectors_${name}.json`), "utf8"));
      for (const sample of vectors.samples) {
        const channel = synthesizeAngleDelay(
          {
            delays: Float64Array.from(sample.delay_us, (t) => t * 1e-6),
            gainsRe: Float64Array.from(sample.amp_re),
            gainsIm: Float64Array.from(sample.amp_im),
            azimuths: Float64Array.from(sample.aod_rad),
          },
          {
            array: { kind: "ula", elements: 32 },
            carrierFrequency: vectors.fc,
            bandwidth: vectors.B,
            subcarriers: 1024,
            delays: 32,
          },
        );
        const scale = Math.sqrt(1024 / 32);
        const expected = [...sample.angle_delay_re.flat(), ...sample.angle_delay_im.flat()].map(
          (v) => v * scale,
        );
        let error = 0,
          power = 0;
        for (let i = 0; i < expected.length; i++) {
          error += (channel[i] - expected[i]) ** 2;
          power += expected[i] ** 2;
        }
        expect(Math.sqrt(error / power)).toBeLessThan(1e-5);
      }
    });
  }
});
