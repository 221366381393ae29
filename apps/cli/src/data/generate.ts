// `csi-feedback data generate`: worker threads make samples, a writer that survives
// interruption stores them.
import { normalize } from "@csi-feedback/channel-dft";
import { type ChannelModelName, channelModels, generateChannels } from "@csi-feedback/channel-models";
import { CsiFeedbackError, invalid } from "@csi-feedback/common";
import { type ChannelFileHeader, createChannelWriter } from "@csi-feedback/datasets/node";
import { generateInParallel } from "../generation/pool";
import { interruptSignal } from "../interrupt";
import { Progress } from "../progress";

/** The options of `csi-feedback data generate`, as the command line gives them. */
export interface GenerateFileOptions {
  readonly channel: string;
  readonly samples: number;
  readonly seed: number;
  readonly out: string;
  readonly workers?: number;
}

export async function generateFile(options: GenerateFileOptions): Promise<void> {
  const { channel, samples, seed, out, workers } = options;
  if (!Object.hasOwn(channelModels, channel)) {
    invalid(
      "UNKNOWN_CHANNEL",
      "--channel",
      `must be one of ${Object.keys(channelModels).join(", ")}`,
      channel,
    );
  }
  const signal = interruptSignal("finishing the samples under way");
  const writer = await createChannelWriter(out, headerOf(channel as ChannelModelName, seed));
  const progress = new Progress(`${channel}, seed ${seed}`, samples);
  try {
    const range = { first: writer.count, count: Math.max(0, samples - writer.count) };
    const blocks = generateInParallel({ model: channel, seed }, range, {
      signal,
      ...(workers ? { workers } : {}),
    });
    for await (const { block } of blocks) {
      const { data, scale } = normalize({ data: block.data, shape: block.shape });
      const perSample = Object.fromEntries(
        Object.entries(block.metadata).map(([name, values]) => [name, Float32Array.from(values)]),
      );
      writer.append({ data, scale, perSample });
      progress.update(writer.count);
    }
    await writer.finish();
  } catch (error) {
    if (!signal.aborted) throw error;
    const message = `stopped after ${writer.count} of ${samples} samples; the same command goes on from there`;
    throw new CsiFeedbackError("INTERRUPTED", message, { cause: error });
  } finally {
    progress.end();
    writer.close();
  }
  process.stderr.write(`${samples} samples in ${out}\n`);
}

/** The header of a file, taken from the model's defaults and a first sample. */
function headerOf(channel: ChannelModelName, seed: number): ChannelFileHeader {
  const { shape, metadata } = generateChannels({ model: channel, seed, samples: 1 });
  const { defaults, description } = channelModels[channel];
  const { angleOrder = "fft", bandwidth, carrierFrequency, subcarriers } = defaults;
  return {
    shape: [shape[1], shape[2], shape[3]],
    angleOrder,
    scaled: true,
    perSample: Object.fromEntries(Object.keys(metadata).map((name) => [name, 1])),
    metadata: {
      channel,
      description,
      seed,
      bandwidth,
      carrierFrequency,
      subcarriers,
      array: JSON.stringify(defaults.array),
    },
  };
}
