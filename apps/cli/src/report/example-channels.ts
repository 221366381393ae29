// Pictures for the report: reference channels, what a trained LLMCsiNet sends of them, and
// what it makes of that.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ChannelSet } from "@csi-feedback/datasets";
import { type EngineChoice, startEngine } from "@csi-feedback/engines";
import { type ChannelRow, channelFigure } from "@csi-feedback/eval/figures";
import {
  type ExampleChannels,
  elementsAt,
  isFinished,
  loadTrainedNetwork,
  type Ratio,
} from "@csi-feedback/experiments";
import type { FeedbackNetwork } from "@csi-feedback/networks";
import { referenceChannels } from "../channels";
import { bundledModel, loadModel } from "../models";
import { referenceSamples } from "../reproduce/reference-samples";

/** Sample of each reference file that is shown. */
const SAMPLE = 7;
const shownRatios: readonly Ratio[] = ["1/8", "1/32"];

/** A network that is shown, and what it is. */
interface Shown {
  readonly network: FeedbackNetwork;
  readonly origin: string;
  readonly channels: readonly string[];
  readonly ratios: readonly Ratio[];
}

/** A figure for each LLMCsiNet that serves several ratios, or for the one that comes along where none was trained. */
export async function exampleChannels(runs: string, engine: EngineChoice): Promise<ExampleChannels[]> {
  await startEngine(engine);
  const shown = await trainedModels(runs);
  if (shown.length === 0) {
    const { network } = await loadModel(bundledModel("llmcsinet"));
    const origin = "the LLMCsiNet that comes with the app";
    shown.push({ network, origin, channels: referenceChannels, ratios: shownRatios });
  }
  const examples: ExampleChannels[] = [];
  for (const model of shown) {
    for (const ratio of model.ratios) examples.push(await draw(model, ratio));
    model.network.dispose();
  }
  return examples;
}

/** LLMCsiNets that were trained on a channel that there are reference samples of, for the ratios that are shown. */
async function trainedModels(runs: string): Promise<Shown[]> {
  const names = await readdir(runs).catch(() => []);
  const shown = new Map<string, Shown>();
  for (const name of names.filter((one) => /^[0-9a-f]{16}$/.test(one)).sort()) {
    const folder = join(runs, name);
    if (!(await isFinished(folder))) continue;
    const { network, definition, summary, dispose } = await loadTrainedNetwork(folder);
    const { data, noise, startFrom, ratios, network: described } = definition;
    const channels = referenceChannels.filter((channel) =>
      data.train.every((part) => "channel" in part && modelOf(channel) === part.channel && !part.speedKmh),
    );
    const usual = described.name === "llmcsinet" && !described.without && !noise && !startFrom;
    const own = shownRatios.filter((ratio) => ratios.includes(ratio));
    if (usual && channels.length > 0 && own.length > 0 && !shown.has(channels.join())) {
      const origin = `LLMCsiNet after ${summary.epochs} epochs of ${summary.trainingSamples.toLocaleString("en-US")} samples, seed ${definition.seed}`;
      shown.set(channels.join(), { network, origin, channels, ratios: own });
    } else {
      dispose();
    }
  }
  return [...shown.values()];
}

/** The channel model that stands for a reference channel. */
function modelOf(channel: string): string {
  return channel === "cost2100-outdoor" ? "cost2100-semi-urban-nlos" : channel;
}

async function draw({ network, origin, channels }: Shown, ratio: Ratio): Promise<ExampleChannels> {
  const elements = elementsAt(ratio);
  const [, delays, antennas] = network.shape;
  const rows: ChannelRow[] = [];
  for (const name of channels) {
    const reference = sampleOf((await referenceSamples(name)) as ChannelSet, SAMPLE);
    const codewords = await network.encode(reference, { batch: 1, elements });
    const visible = codewords[0].positions;
    rows.push({
      name: `${name}, sample ${SAMPLE}`,
      reference,
      ...(visible ? { visible } : {}),
      reconstructions: [
        { title: "Preliminary", values: await network.decode(codewords, { output: "preliminary" }) },
        { title: "Final", values: await network.decode(codewords, { output: "final" }) },
      ],
    });
  }
  const specification = channelFigure({
    title: `Compression ratio ${ratio}, M = ${elements}`,
    channels: rows,
    shape: [2, delays, antennas],
    center: 0.5,
  });
  const caption = `${origin}, on samples of the COST 2100 authors’ own code that it has never seen: the channel, the elements that were sent, the two reconstructions, and the error of the last one.`;
  return { caption, specification };
}

function sampleOf({ data, shape }: ChannelSet, index: number): Float32Array {
  const size = data.length / shape[0];
  return data.slice(index * size, (index + 1) * size);
}
