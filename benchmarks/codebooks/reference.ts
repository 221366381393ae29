// The codebooks of TS 38.214 on the reference channels that travel with the app: feedback
// bits, NMSE, similarity and the rate of one user on the reported precoders. Run from the
// repository root:
//   npx tsx benchmarks/codebooks/reference.ts [--json]
// "halves": the linear array's two halves stand for the two polarisations, as a 32-port
// report of the standard has it; "whole": one group of 32, which the standard lacks.
import { naturalAngles, toFrequency } from "@csi-feedback/channel-dft";
import {
  angleDelayFeedback,
  type Codebook,
  createEnhancedTypeTwo,
  createTypeOne,
} from "@csi-feedback/codebooks";
import { readChannels } from "@csi-feedback/datasets/node";
import { cosineSimilarity, nmseDb, sgcs } from "@csi-feedback/eval";

const DELAYS = 32;
const SNR = 10;
const samples = Number(process.argv.find((word) => word.startsWith("--samples="))?.slice(10) ?? 200);

/** Mean over points of log2(1 + SNR |h^H w|^2 / mean |h|^2) with the precoder of each point's subband. */
function rate(
  codebook: Codebook,
  reports: readonly Uint8Array[],
  re: Float32Array,
  im: Float32Array,
): number {
  const { antennas, subbands } = codebook;
  const points = re.length / antennas / reports.length;
  let sum = 0;
  for (const [sample, bytes] of reports.entries()) {
    const precoders = codebook.precoders(bytes);
    let power = 0;
    const start = sample * points * antennas;
    for (let i = start; i < start + points * antennas; i++) power += re[i] ** 2 + im[i] ** 2;
    power /= points * antennas;
    for (let k = 0; k < points; k++) {
      const t = Math.floor((k * subbands) / points);
      let [x, y] = [0, 0];
      for (let a = 0; a < antennas; a++) {
        const [h, w] = [start + k * antennas + a, t * antennas + a];
        x += re[h] * precoders.re[w] + im[h] * precoders.im[w];
        y += re[h] * precoders.im[w] - im[h] * precoders.re[w];
      }
      sum += Math.log2(1 + (SNR * (x * x + y * y)) / power);
    }
  }
  return sum / (points * reports.length);
}

/** The same with the direction of each point itself. */
function idealRate(re: Float32Array, im: Float32Array, antennas: number, count: number): number {
  const size = re.length / count;
  let sum = 0;
  for (let sample = 0; sample < count; sample++) {
    const energies: number[] = [];
    for (let k = sample * size; k < (sample + 1) * size; k += antennas) {
      let energy = 0;
      for (let i = k; i < k + antennas; i++) energy += re[i] ** 2 + im[i] ** 2;
      energies.push(energy);
    }
    const power = energies.reduce((a, b) => a + b, 0) / size;
    sum +=
      energies.reduce((part, energy) => part + Math.log2(1 + (SNR * energy) / power), 0) / energies.length;
  }
  return sum / count;
}

const rows: Record<string, string | number>[] = [];
for (const channel of ["indoor", "outdoor"]) {
  const set = await readChannels(`apps/cli/data/cost2100-${channel}-200.mat`);
  const batch = Math.min(samples, set.shape[0]);
  const data = set.data.slice(0, batch * 2 * DELAYS * 32);
  const shape = [batch, 2, DELAYS, 32] as const;
  const frequency = toFrequency(naturalAngles({ data: data.map((value) => value - 0.5), shape }), {
    subcarriers: DELAYS,
  });
  const ideal = idealRate(frequency.re, frequency.im, 32, batch);
  const measure = async (name: string, ports: string, subbands: number, codebook: Codebook) => {
    const feedback = angleDelayFeedback(codebook, { delays: DELAYS });
    const reports = await feedback.encode(data, { batch });
    const rebuilt = await feedback.decode(reports);
    const estimate = codebook.reconstruct(
      reports.map(({ bytes }) => bytes),
      { subcarriers: DELAYS },
    );
    const mean = (pick: (index: number) => number) => reports.reduce((sum, _, i) => sum + pick(i), 0) / batch;
    rows.push({
      channel,
      codebook: name,
      ports,
      subbands,
      standardBits: Math.round(mean((i) => reports[i].bits.standard)),
      totalBits: Math.round(mean((i) => reports[i].bits.total)),
      nmseDb: Number(nmseDb(data, rebuilt, shape, { center: 0.5 }).toFixed(2)),
      sgcs: Number(sgcs(data, rebuilt, shape, { center: 0.5 }).toFixed(3)),
      rho: Number(cosineSimilarity(frequency, estimate, frequency.shape).toFixed(3)),
      rate: Number(
        rate(
          codebook,
          reports.map(({ bytes }) => bytes),
          frequency.re,
          frequency.im,
        ).toFixed(2),
      ),
      idealRate: Number(ideal.toFixed(2)),
    });
  };
  await measure("Type I", "halves", 32, createTypeOne({ antennas: 32, subbands: 32 }));
  for (const subbands of [16, 32]) {
    for (const combination of [1, 2, 3, 4, 5, 6, 7, 8] as const) {
      if (subbands > 19 && combination > 6) continue;
      for (const [ports, antennas] of [
        ["halves", 32],
        ["whole", { columns: 32, polarizations: 1 }],
      ] as const) {
        const codebook = createEnhancedTypeTwo({ antennas, subbands, combination });
        await measure(`enhanced Type II, ${combination}`, ports, subbands, codebook);
      }
    }
  }
}
if (process.argv.includes("--json")) console.log(JSON.stringify(rows));
else console.table(rows);
