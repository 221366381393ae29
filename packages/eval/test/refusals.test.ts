// What the metrics refuse, by code and message.
import { describe, expect, test } from "vitest";
import {
  achievableRates,
  bootstrapInterval,
  cosineSimilarity,
  crnetNmseDb,
  csinetCosineSimilarity,
  formDrops,
  nmse,
  nmseDb,
  precodingMatrix,
  quantile,
  sgcs,
} from "../src/index";

describe("refusals", () => {
  const good = Float32Array.of(1, 0, 0, 1);
  const one = { re: Float32Array.of(1, 2), im: Float32Array.of(0, 0) };
  test.each<[string, string, RegExp, () => unknown]>([
    ["short array", "INVALID_SHAPE", /needs 8 elements/, () => nmse(good, good, [2, 2, 1, 2])],
    ["plane axis", "INVALID_SHAPE", /second axis/, () => sgcs(good, good, [1, 1, 2, 2])],
    ["no sample axis", "INVALID_SHAPE", /batch axis/, () => nmse(one, one, [2])],
    [
      "empty batch",
      "EMPTY",
      /at least one sample/,
      () => nmse(new Float32Array(0), new Float32Array(0), [0, 2, 1, 2]),
    ],
    ["zero sample", "ZERO_ENERGY", /sample 1/, () => nmse(Float32Array.of(1, 0, 0, 0), good, [2, 2, 1])],
    [
      "centred zero",
      "ZERO_ENERGY",
      /sample 0/,
      () => sgcs(Float32Array.of(0.5, 0.5), Float32Array.of(1, 1), [1, 2, 1], { center: 0.5 }),
    ],
    ["NaN", "NOT_FINITE", /sample 0/, () => nmseDb(good, Float32Array.of(Number.NaN, 0, 0, 0), [1, 2, 1, 2])],
    ["center", "INVALID_ARGUMENT", /center/, () => nmse(good, good, [1, 2, 1, 2], { center: Number.NaN })],
    [
      "batch size",
      "INVALID_ARGUMENT",
      /batchSize/,
      () => crnetNmseDb(good, good, [1, 2, 1, 2], { batchSize: 0 }),
    ],
    ["rho shape", "INVALID_SHAPE", /subcarriers, antennas/, () => cosineSimilarity(one, one, [1, 2])],
    [
      "dead subcarrier",
      "ZERO_ENERGY",
      /sample 0, subcarrier 1/,
      () => cosineSimilarity({ re: Float32Array.of(1, 0), im: Float32Array.of(0, 0) }, one, [1, 2, 1]),
    ],
    ["rho planes", "INVALID_SHAPE", /delays/, () => csinetCosineSimilarity(good, good, [1, 2, 2])],
    [
      "rho length",
      "INVALID_ARGUMENT",
      /fftLength/,
      () => csinetCosineSimilarity(good, good, [1, 2, 2, 1], { fftLength: 1 }),
    ],
    [
      "rho bins",
      "INVALID_ARGUMENT",
      /subcarriers/,
      () => csinetCosineSimilarity(good, good, [1, 2, 2, 1], { subcarriers: 258 }),
    ],
    ["no values", "EMPTY", /value/, () => bootstrapInterval([])],
    ["bad value", "NOT_FINITE", /value 1/, () => bootstrapInterval([1, Number.POSITIVE_INFINITY])],
    ["level", "INVALID_ARGUMENT", /level/, () => bootstrapInterval([1], { level: 1 })],
    ["resamples", "INVALID_ARGUMENT", /resamples/, () => bootstrapInterval([1], { resamples: 1 })],
    ["quantile", "INVALID_ARGUMENT", /probability/, () => quantile([1], 2)],
    [
      "precoder",
      "INVALID_ARGUMENT",
      /zero-forcing/,
      () => precodingMatrix(one, [1, 2], { precoder: "dirty" as never }),
    ],
    [
      "regularisation",
      "INVALID_ARGUMENT",
      /regularization/,
      () => precodingMatrix(one, [1, 2], { precoder: "regularized-zero-forcing", regularization: -1 }),
    ],
    [
      "more users than antennas",
      "SINGULAR_CHANNEL",
      /user 1/,
      () => precodingMatrix(one, [2, 1], { precoder: "zero-forcing" }),
    ],
    [
      "zero feedback",
      "SINGULAR_CHANNEL",
      /drop 0.*user 0/,
      () =>
        achievableRates(one, { re: new Float32Array(2), im: new Float32Array(2) }, [1, 1, 2], {
          precoder: "maximum-ratio",
          snrDb: [0],
        }),
    ],
    [
      "zero truth",
      "ZERO_ENERGY",
      /user 0 of drop 0/,
      () =>
        achievableRates({ re: new Float32Array(2), im: new Float32Array(2) }, one, [1, 1, 2], {
          precoder: "maximum-ratio",
          snrDb: [0],
          normalization: "user",
        }),
    ],
    [
      "NaN truth",
      "NOT_FINITE",
      /user 0 of drop 0/,
      () =>
        achievableRates({ re: Float32Array.of(Number.NaN, 0), im: one.im }, one, [1, 1, 2], {
          precoder: "zero-forcing",
          snrDb: [0],
        }),
    ],
    [
      "SNR",
      "NOT_FINITE",
      /SNR/,
      () => achievableRates(one, one, [1, 1, 2], { precoder: "zero-forcing", snrDb: [Number.NaN] }),
    ],
    [
      "normalization",
      "INVALID_ARGUMENT",
      /normalization/,
      () =>
        achievableRates(one, one, [1, 1, 2], {
          precoder: "zero-forcing",
          snrDb: [0],
          normalization: "all" as never,
        }),
    ],
    [
      "too many users",
      "INVALID_ARGUMENT",
      /users/,
      () => formDrops(one, [1, 1, 2], { users: 2, subcarriers: [0] }),
    ],
    [
      "no such subcarrier",
      "INVALID_ARGUMENT",
      /subcarriers/,
      () => formDrops(one, [1, 1, 2], { users: 1, subcarriers: [1] }),
    ],
  ])("%s", (_, code, message, run) => {
    expect(run).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });
});
