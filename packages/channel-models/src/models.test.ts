import { randomStream } from "@csi-feedback/common";
import { describe, expect, it } from "vitest";
import { mean } from "../test/statistics";
import { deepMimoChannel } from "./deepmimo";
import { addEstimationNoise } from "./estimation-noise";
import { synthesizeFrequency } from "./frequency-synthesis";
import { type ChannelModelName, channelModels, generateChannels } from "./generate";
import { farFieldSteering, generateHybridField, nearFieldSteering, rayleighDistance } from "./hybrid-field";
import { dopplerShifts, generateSequences } from "./mobility";

const code = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "none";
};

describe("generateChannels", () => {
  for (const model of Object.keys(channelModels) as ChannelModelName[]) {
    it(`${model}: any split gives the same bytes, all of them finite`, () => {
      const whole = generateChannels({ model, samples: 3, seed: 7 });
      const tail = generateChannels({ model, samples: 2, seed: 7, firstSample: 1 });
      expect(whole.shape).toEqual([3, 2, 32, 32]);
      expect(whole.data.every(Number.isFinite)).toBe(true);
      expect(Buffer.from(whole.data.slice(2048).buffer).equals(Buffer.from(tail.data.buffer))).toBe(true);
      expect(whole.data.subarray(0, 2048)).not.toEqual(whole.data.subarray(2048, 4096));
      for (const values of Object.values(whole.metadata)) {
        expect(values.length).toBe(3);
      }
      for (const share of whole.metadata.energyKept) {
        expect(share > 0 && share <= 1 + 1e-6).toBe(true);
      }
    });
  }

  it("array and grid can be replaced", () => {
    const { shape } = generateChannels({
      model: "uma-nlos",
      samples: 1,
      seed: 1,
      synthesis: { array: { kind: "upa", rows: 4, columns: 8 }, delays: 16, subcarriers: 256 },
    });
    expect(shape).toEqual([1, 2, 16, 32]);
  });

  it("refuses what it cannot make", () => {
    expect(code(() => generateChannels({ model: "uma9" as "uma", samples: 1, seed: 1 }))).toBe(
      "UNKNOWN_MODEL",
    );
    expect(code(() => generateChannels({ model: "toString" as "uma", samples: 1, seed: 1 }))).toBe(
      "UNKNOWN_MODEL",
    );
    expect(code(() => generateChannels({ model: "uma", samples: -1, seed: 1 }))).toBe("INVALID_ARGUMENT");
    expect(code(() => generateChannels({ model: "uma", samples: 1, seed: -1 }))).toBe("INVALID_SEED");
  });
});

describe("hybrid field", () => {
  const array = { kind: "ula", elements: 128 } as const;

  it("E|h|^2 is the number of antennas", () => {
    const { re, im } = generateHybridField({ samples: 800, seed: 1, array, farPaths: 2, nearPaths: 3 });
    const power = mean(re.map((value, i) => value * value + im[i] * im[i]));
    // |h|^2 / N of 5 unit paths has a deviation of at most 1 per sample.
    expect(Math.abs(power - 1)).toBeLessThan(4 / Math.sqrt(800));
  });

  it("near field tends to far field, on linear and planar arrays", () => {
    for (const shape of [array, { kind: "upa", rows: 8, columns: 16 }] as const) {
      const far = farFieldSteering(shape, 0.7, 1.2);
      const error = (distance: number) => {
        const near = nearFieldSteering(shape, distance, 0.7, 1.2);
        return Math.hypot(...near.re.map((re, n) => Math.hypot(re - far.re[n], near.im[n] - far.im[n])));
      };
      expect(error(1e8)).toBeLessThan(1e-4);
      expect(error(1e4)).toBeLessThan(error(1e3));
    }
  });

  it("at the Rayleigh distance the edge is pi / 8 off, broadside", () => {
    const distance = rayleighDistance(array);
    const near = nearFieldSteering(array, distance, Math.PI / 2);
    const edge = Math.atan2(near.im[0], near.re[0]);
    // The outermost element lies half a spacing inside the aperture's edge.
    expect(-edge / ((Math.PI / 8) * (127 / 128) ** 2)).toBeCloseTo(1, 3);
  });

  it("an irregular array on the places of a regular one is the same array", () => {
    const across = Array.from({ length: 128 }, (_, n) => 7 + 0.5 * n);
    const irregular = { kind: "irregular", across } as const;
    const options = { samples: 2, seed: 3, farPaths: 1, nearPaths: 2 };
    const [a, b] = [array, irregular].map((one) => generateHybridField({ ...options, array: one }));
    a.re.forEach((value, i) => {
      expect(b.re[i]).toBeCloseTo(value, 4);
    });
    const planar = { kind: "upa", rows: 2, columns: 3 } as const;
    const [columns, rows] = [
      [0, 0.5, 1, 0, 0.5, 1],
      [0, 0, 0, 0.5, 0.5, 0.5],
    ];
    const near = nearFieldSteering(planar, 20, 0.4, 1.3);
    const same = nearFieldSteering({ kind: "irregular", across: columns, up: rows }, 20, 0.4, 1.3);
    near.im.forEach((value, i) => {
      expect(same.im[i]).toBeCloseTo(value, 12);
    });
    expect(rayleighDistance(irregular)).toBeCloseTo(2 * 63.5 ** 2, 9);
    for (const wrong of [[], [Number.NaN]]) {
      expect(code(() => farFieldSteering({ kind: "irregular", across: wrong }, 0))).toBe("INVALID_ARRAY");
    }
    expect(code(() => farFieldSteering({ kind: "irregular", across: [0, 1], up: [0] }, 0))).toBe(
      "INVALID_ARRAY",
    );
  });

  it("the phase is that of the exact distance", () => {
    const near = nearFieldSteering({ kind: "ula", elements: 3 }, 40, 0.3);
    const exact = (n: number) =>
      -2 * Math.PI * (Math.hypot(40 * Math.cos(0.3) + 0.5 * (n - 1), 40 * Math.sin(0.3)) - 40);
    for (let n = 0; n < 3; n++) {
      expect(near.re[n] * Math.sqrt(3)).toBeCloseTo(Math.cos(exact(n)), 9);
      expect(near.im[n] * Math.sqrt(3)).toBeCloseTo(Math.sin(exact(n)), 9);
    }
  });

  it("samples do not depend on the range they are made in, and nonsense is refused", () => {
    const whole = generateHybridField({ samples: 3, seed: 5, array });
    const last = generateHybridField({ samples: 1, seed: 5, firstSample: 2, array });
    expect(whole.re.slice(256)).toEqual(last.re);
    expect(code(() => generateHybridField({ samples: 1, seed: 1, farPaths: 0, nearPaths: 0 }))).toBe(
      "INVALID_ARGUMENT",
    );
    expect(code(() => generateHybridField({ samples: 1, seed: 1, distances: [5, 1] }))).toBe(
      "INVALID_ARGUMENT",
    );
    expect(code(() => nearFieldSteering(array, 0, 1))).toBe("INVALID_ARGUMENT");
  });
});

describe("mobility", () => {
  it("instant 0 is the still channel, and later ones turn by the Doppler shift", () => {
    const options = { model: "cdl-d", samples: 2, seed: 3 } as const;
    const still = generateChannels(options);
    const moving = generateSequences({ ...options, instants: 3, interval: 1e-4 });
    expect(moving.shape).toEqual([2, 3, 2, 32, 32]);
    expect(moving.data.slice(0, 2048)).toEqual(still.data.slice(0, 2048));
    expect(moving.data.slice(3 * 2048, 4 * 2048)).toEqual(still.data.slice(2048));
    expect(moving.data.slice(2048, 4096)).not.toEqual(still.data.slice(0, 2048));
  });

  it("one path turns at its Doppler shift", () => {
    const paths = {
      delays: Float64Array.of(0),
      gainsRe: Float64Array.of(1),
      gainsIm: Float64Array.of(0),
      azimuths: Float64Array.of(0),
      arrivalAzimuths: Float64Array.of(1),
    };
    const shifts = dopplerShifts(paths, { speed: 10, azimuth: 1 + Math.PI / 3 }, 3e9);
    expect(shifts[0]).toBeCloseTo(50, 9);
    const { re, im } = synthesizeFrequency(
      { ...paths, dopplerShifts: shifts },
      {
        array: { kind: "ula", elements: 1 },
        carrierFrequency: 3e9,
        bandwidth: 1e6,
        subcarriers: 1,
        time: 1 / 200,
      },
    );
    expect(Math.atan2(im[0], re[0])).toBeCloseTo(Math.PI / 2, 6);
    const { arrivalAzimuths: _angles, ...blind } = paths;
    expect(code(() => dopplerShifts(blind, { speed: 1, azimuth: 0 }, 3e9))).toBe("MISSING_ARRIVAL_ANGLES");
    expect(code(() => dopplerShifts(paths, { speed: -1, azimuth: 0 }, 3e9))).toBe("INVALID_ARGUMENT");
  });

  it("rich scattering decorrelates as the Bessel function of 2 pi f_D t", () => {
    const random = randomStream(8);
    const count = 4000;
    const arrivalAzimuths = Float64Array.from({ length: count }, () => 2 * Math.PI * random.uniform());
    const ones = new Float64Array(count).fill(1);
    const paths = { delays: ones, gainsRe: ones, gainsIm: ones, azimuths: ones, arrivalAzimuths };
    const shifts = dopplerShifts(paths, { speed: 3, azimuth: 0 }, 1e8);
    // f_D = 1 Hz: J0(2 pi 0.3827) = 0 and J0(pi / 2) = 0.4720.
    const correlation = (time: number) => mean(shifts.map((shift) => Math.cos(2 * Math.PI * shift * time)));
    expect(Math.abs(correlation(0.38274))).toBeLessThan(0.04);
    expect(Math.abs(correlation(0.25) - 0.472)).toBeLessThan(0.04);
  });
});

describe("estimation noise", () => {
  it("has the power asked for and leaves its input alone", () => {
    const clean = Float32Array.from({ length: 4096 }, (_, i) => Math.sin(i));
    const kept = clean.slice();
    for (const snr of [-5, 0, 20]) {
      const noisy = addEstimationNoise(clean, randomStream(1, snr + 5), { snr });
      const noise = mean(noisy.map((value, i) => (value - clean[i]) ** 2));
      const signal = mean(clean.map((value) => value * value));
      expect(Math.abs(10 * Math.log10(signal / noise) - snr)).toBeLessThan(0.5);
    }
    expect(clean).toEqual(kept);
    const scaled = addEstimationNoise(clean, randomStream(2), { snr: 10, power: 20 });
    expect(Math.abs(mean(scaled.map((value, i) => (value - clean[i]) ** 2)) - 1)).toBeLessThan(0.1);
    expect(code(() => addEstimationNoise(clean, randomStream(1), { snr: Number.NaN }))).toBe(
      "INVALID_ARGUMENT",
    );
    expect(code(() => addEstimationNoise(clean, randomStream(1), { snr: 1, power: -1 }))).toBe(
      "INVALID_ARGUMENT",
    );
  });
});

describe("deepMimoChannel", () => {
  const two = {
    phases: [30, -90],
    delays: [1e-7, 2.5e-7],
    powers: [-60, -70],
    departureAzimuths: [0, 60],
    departureZeniths: [90, 45],
  };

  it("two paths, worked by hand", () => {
    const { re, im, shape } = deepMimoChannel(two, {
      antennas: [2, 1, 2],
      bandwidth: 10e6,
      subcarriers: 8,
      tones: [0, 3],
    });
    expect(shape).toEqual([1, 2, 4]);
    const amplitudes = [Math.sqrt(1e-9 / 8), Math.sqrt(1e-10 / 8)];
    // Antenna 3 is x = 1, z = 1; tone 3 turns by 3 tau B / 8 cycles.
    const cycles = [
      30 / 360 - (3 * 1) / 8 + 0.5 * 1,
      -90 / 360 - (3 * 2.5) / 8 + 0.5 * (Math.SQRT1_2 * 0.5 + Math.SQRT1_2),
    ];
    const sum = (f: (x: number) => number) =>
      cycles.reduce((total, c, l) => total + amplitudes[l] * f(2 * Math.PI * c), 0);
    expect(re[4 + 3] / amplitudes[0]).toBeCloseTo(sum(Math.cos) / amplitudes[0], 6);
    expect(im[4 + 3] / amplitudes[0]).toBeCloseTo(sum(Math.sin) / amplitudes[0], 6);
  });

  it("drops late paths, limits their number, and filters on whole samples without change", () => {
    const options = { antennas: [1, 1, 1], bandwidth: 10e6, subcarriers: 8 } as const;
    const late = deepMimoChannel({ ...two, delays: [1e-7, 8e-7] }, options);
    const first = deepMimoChannel(two, { ...options, paths: 1 });
    expect(late.re).toEqual(first.re);
    const filtered = deepMimoChannel(two, { ...options, paths: 1, receiveFilter: true });
    filtered.re.forEach((value, k) => {
      expect(value * 1e5).toBeCloseTo(first.re[k] * 1e5, 6);
    });
    const turned = deepMimoChannel({ ...two, dopplerShifts: [100, 100] }, { ...options, time: 0.005 });
    const still = deepMimoChannel(two, options);
    expect(turned.re[2] / still.re[2]).toBeCloseTo(-1, 4);
  });

  it("refuses lists of different length and empty arrays", () => {
    const options = { antennas: [1, 1, 1], bandwidth: 10e6, subcarriers: 8 } as const;
    expect(code(() => deepMimoChannel({ ...two, phases: [1] }, options))).toBe("SHAPE_MISMATCH");
    expect(code(() => deepMimoChannel(two, { ...options, antennas: [0, 1, 1] }))).toBe("INVALID_ARGUMENT");
    expect(code(() => deepMimoChannel(two, { ...options, bandwidth: 0 }))).toBe("INVALID_ARGUMENT");
  });
});
