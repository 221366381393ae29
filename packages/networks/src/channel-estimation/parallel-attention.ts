// The Parallel Feature-Spatial Attention (PFSA) block of LLM4XCE: two attentions over the
// same feature maps, one with the antennas as tokens, one with the maps as tokens.
import * as tf from "@tensorflow/tfjs-core";
import { attention, type Rows, tokenLinear } from "../baselines/post-norm";
import { layerNorm } from "../layers";
import type { Parameters } from "../parameters";

/** Sizes of a block. */
export interface ParallelAttentionOptions {
  /** M: tokens of the feature-wise attention, width of the spatial one. */
  readonly antennas: number;
  /** F: width of the feature-wise attention, tokens of the spatial one. */
  readonly maps: number;
  readonly heads: number;
  /** Branches that are there. */
  readonly feature: boolean;
  readonly spatial: boolean;
}

/**
 * `[batch, antennas, maps]` in and out. Feature-wise attention mixes antennas by the similarity of their features;
 * spatial-aware attention, on the transposed input, mixes maps by the similarity of their patterns over the array.
 * The branches see the normalised input, are joined and fused by a matrix product, and are added to the input.
 */
export function parallelAttention(
  parameters: Parameters,
  name: string,
  { antennas, maps, heads, feature, spatial }: ParallelAttentionOptions,
): Rows {
  const normalize = layerNorm(parameters, `${name}.norm`, maps);
  const featureWise = feature ? attention(parameters, `${name}.feature`, { width: maps, heads }) : undefined;
  const spatialAware = spatial
    ? attention(parameters, `${name}.spatial`, { width: antennas, heads })
    : undefined;
  const branches = Number(feature) + Number(spatial);
  const fuse = tokenLinear(parameters, `${name}.fuse`, Math.max(1, branches) * maps, maps);
  return (x) => {
    const input = normalize(x) as tf.Tensor3D;
    const joined: tf.Tensor3D[] = [];
    if (featureWise !== undefined) joined.push(featureWise(input, input));
    if (spatialAware !== undefined) {
      const across = tf.transpose(input, [0, 2, 1]);
      joined.push(tf.transpose(spatialAware(across, across), [0, 2, 1]));
    }
    return tf.add(x, fuse(joined.length === 0 ? input : (tf.concat(joined, 2) as tf.Tensor3D)));
  };
}
