// How long one report takes at each end: encoding one channel at the user, decoding one
// codeword at the base station, on the engine that is running.
import { type Latency, measureLatency } from "@csi-feedback/eval";
import type { Codeword, FeedbackMethod } from "@csi-feedback/networks";
import type { TestData } from "./test-data";

/** Calls; those of the warm-up are not timed. */
export interface LatencyCalls {
  readonly warmUp: number;
  readonly runs: number;
}

/** Latency of both ends. */
export interface EndLatencies {
  readonly ue: Latency;
  readonly bs: Latency;
}

/** Times both ends with `batch` channels a call. */
export async function endLatencies(
  method: FeedbackMethod,
  data: TestData,
  { batch, elements, ...calls }: LatencyCalls & { readonly batch: number; readonly elements?: number },
): Promise<EndLatencies> {
  const [count, planes, delays, antennas] = data.shape;
  const size = planes * delays * antennas;
  const inputs = Array.from({ length: Math.max(1, Math.floor(count / batch)) }, (_, i) => {
    const input = new Float32Array(batch * size);
    for (let sample = 0; sample < batch; sample++) {
      const from = ((i * batch + sample) % count) * size;
      input.set(data.values.subarray(from, from + size), sample * size);
    }
    return input;
  });
  const options = { batch, ...(elements === undefined ? {} : { elements }) };
  const codewords: Codeword[][] = [];
  for (const input of inputs) codewords.push(await method.encode(input, options));
  const ue = await measureLatency((call) => method.encode(inputs[call % inputs.length], options), calls);
  const bs = await measureLatency((call) => method.decode(codewords[call % codewords.length]), calls);
  return { ue, bs };
}
