// `csi-feedback networks forward`: any network on a tensor of channels, through its
// encoder and its decoder.
import { readFile } from "node:fs/promises";
import { elementsForRatio } from "@csi-feedback/codec";
import { CsiFeedbackError, elementCount, invalid } from "@csi-feedback/common";
import { parseEngine, startEngine } from "@csi-feedback/engines";
import { type FeedbackNetwork, loadNetwork, networks } from "@csi-feedback/networks";
import { parseSafetensors } from "@csi-feedback/safetensors";
import { readTensor, writeOutput } from "./tensor-file";

interface ForwardOptions {
  readonly ratio: string;
  readonly weights: string;
  readonly input: string;
  readonly output: string;
  readonly tensor: string;
  readonly engine: string;
}

/** Channels in one pass, so that a large file needs no more memory than a small one. */
const BATCH = 100;

export async function forwardNetwork(name: string, options: ForwardOptions): Promise<void> {
  if (!Object.hasOwn(networks, name)) {
    invalid(
      "UNKNOWN_NETWORK",
      "networks forward",
      `the network must be one of ${Object.keys(networks).join(", ")}`,
      name,
    );
  }
  const denominator = parseDenominator(options.ratio);
  const input = await readTensor(
    options.input,
    options.tensor,
    "[batch, 2, delays, antennas]",
    (shape) => shape.length === 4 && shape[1] === 2,
  );
  const [batch, ...shape] = input.shape;
  const size = elementCount(shape);
  const weights = await readFile(options.weights);
  await startEngine(parseEngine(options.engine));
  const network = openNetwork(name, weights, shape, denominator);
  const elements = elementsForRatio(1 / denominator, { rule: "paper", shape: [2, shape[1], shape[2]] });
  const data = new Float32Array(input.data.length);
  for (let first = 0; first < batch; first += BATCH) {
    const count = Math.min(BATCH, batch - first);
    const channels = input.data.subarray(first * size, (first + count) * size);
    const codewords = await network.encode(channels, { batch: count, elements });
    data.set(await network.decode(codewords), first * size);
  }
  await writeOutput(options.output, { shape: input.shape, data }, { network: name, ratio: options.ratio });
}

/** 8 of `1/8`: published networks also have ratios that the paper's tables lack. */
function parseDenominator(text: string): number {
  const [, digits] = /^1\/([1-9]\d{0,5})$/.exec(text) ?? [];
  return digits === undefined
    ? invalid("INVALID_RATIO", "--ratio", "must be 1/N, such as 1/8", text)
    : Number(digits);
}

/** From a checkpoint of ours, or from a plain state dictionary with the network's names. */
function openNetwork(
  name: string,
  bytes: Uint8Array,
  shape: readonly number[],
  denominator: number,
): FeedbackNetwork {
  const { tensors, metadata } = parseSafetensors(bytes);
  const codeword = elementCount(shape) / denominator;
  if (metadata["csi-feedback.network"] !== undefined) {
    const network = loadNetwork(bytes, name);
    const { codeword: own } = network.configuration;
    mismatchUnless(own === undefined || own === codeword, `a codeword of ${codeword}`, own);
    mismatchUnless(network.shape.join() === shape.join(), `channels of [${shape.join(", ")}]`, network.shape);
    return network;
  }
  const [, delays, antennas] = shape;
  const dense = name !== "llmcsinet" && name !== "idasnet";
  const network = networks[name]({ delays, antennas, ...(dense ? { codeword } : {}) });
  network.assign(tensors);
  return network;
}

function mismatchUnless(fits: boolean, rule: string, received: unknown): void {
  if (fits) return;
  throw new CsiFeedbackError(
    "CHECKPOINT_MISMATCH",
    `networks forward: the weights must be for ${rule}, received ${JSON.stringify(received)}`,
  );
}
