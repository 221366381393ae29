// Result arrays are used again, but never while somebody may still look at them.
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { OnnxruntimeBackend } from "./backend";
import { Value } from "./graph";
import { HostMemory } from "./host-memory";
import { registerOnnxruntimeBackend } from "./index";

const lentValue = (memory: HostMemory, size: number) => {
  const value = new Value(1, "float32", [size], { host: new Float32Array(0) });
  value.host = memory.take(new Value(2, "float32", [size], { host: new Float32Array(0) }));
  return value;
};

describe("HostMemory", () => {
  test("lends an array again after it was given back", () => {
    const memory = new HostMemory();
    const value = lentValue(memory, 5);
    const array = value.host;
    memory.giveBack(value);
    expect([value.host, memory.idleBytes]).toEqual([undefined, 20]);
    expect(lentValue(memory, 6).host).not.toBe(array);
    expect(lentValue(memory, 5).host).toBe(array);
    expect(memory.idleBytes).toBe(0);
  });

  test("leaves arrays alone that a caller has, or that were never lent", () => {
    const memory = new HostMemory();
    const value = lentValue(memory, 5);
    memory.surrender(value.host!);
    memory.giveBack(value);
    const own = new Value(3, "float32", [5], { host: new Float32Array(5) });
    memory.giveBack(own);
    expect([value.host?.length, own.host?.length, memory.idleBytes]).toEqual([5, 5, 0]);
  });

  test("drops what lies idle", () => {
    const memory = new HostMemory();
    memory.giveBack(lentValue(memory, 5));
    for (let run = 0; run < 8; run++) memory.countRun();
    expect(memory.idleBytes).toBe(20);
    memory.countRun();
    expect(memory.idleBytes).toBe(0);
  });
});

describe("in the backend", () => {
  beforeAll(async () => {
    await registerOnnxruntimeBackend();
    await tf.setBackend("onnxruntime");
  });
  const memory = () => (tf.backend() as OnnxruntimeBackend).executor.host!;

  test("what was read stays as it was, what was not is written over", async () => {
    const kept: Float32Array[] = [];
    let state = tf.tensor1d([1, 2, 3]);
    for (let step = 0; step < 6; step++) {
      const next = tf.tidy(() => tf.mul(state, 2)) as tf.Tensor1D;
      state.dispose();
      state = next;
      const seen = tf.tidy(() => tf.add(state, 1));
      kept.push((await seen.data()) as Float32Array);
      seen.dispose();
    }
    expect(kept.map((values) => Array.from(values))).toEqual(
      [2, 4, 8, 16, 32, 64].map((factor) => [factor + 1, 2 * factor + 1, 3 * factor + 1]),
    );
    expect(Array.from(await state.data())).toEqual([64, 128, 192]);
    state.dispose();
  });

  test("a training keeps to the arrays of two steps", async () => {
    const variable = tf.variable(tf.ones([100, 100]));
    const step = async () => {
      tf.tidy(() => variable.assign(tf.mul(variable, 0.5)));
      const first = tf.tidy(() => tf.sum(variable));
      await first.data();
      first.dispose();
    };
    const arrays = new Set<unknown>();
    for (let count = 0; count < 10; count++) {
      await step();
      arrays.add((tf.backend() as OnnxruntimeBackend).valueBehind(variable).host);
    }
    expect(arrays.size).toBeLessThanOrEqual(3);
    expect(memory().idleBytes).toBeLessThan(3 * 40_000);
    variable.dispose();
  });

  test("a disposed tensor that recorded work still reads keeps its elements", async () => {
    const first = tf.tidy(() => tf.add(tf.tensor1d([1, 2]), 1));
    const trigger = tf.tidy(() => tf.neg(tf.scalar(1)));
    await trigger.data();
    const later = tf.tidy(() => tf.mul(first, 10));
    first.dispose();
    const other = tf.tidy(() => tf.sub(tf.tensor1d([7, 7]), 1));
    expect(Array.from(await later.data())).toEqual([20, 30]);
    expect(Array.from(await other.data())).toEqual([6, 6]);
    tf.dispose([later, other, trigger]);
  });
});
