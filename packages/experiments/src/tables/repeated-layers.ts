// A stack of transformer layers that all share one layer's weights: as many parameters
// by name, the same operations and one layer's memory, which is enough to count them.
import type { TransformerLayers } from "@csi-feedback/gpt2-layers";
import { type Tensor3D, tidy } from "@tensorflow/tfjs-core";

/** `depth` times the one layer of `layer`, for counting. */
export function repeatLayer(layer: TransformerLayers, depth: number): TransformerLayers {
  const times = Array.from({ length: depth }, (_, i) => i);
  const rename = (name: string, index: number) => name.replace(/^h\.0\./, `h.${index}.`);
  const forwardEach: TransformerLayers["forwardEach"] = (x, options) => {
    let y = x;
    return times.map(() => {
      y = layer.forward(y, options);
      return y;
    });
  };
  return {
    family: layer.family,
    width: layer.width,
    heads: layer.heads,
    depth,
    description: { ...layer.description, depth },
    parameters: new Map(
      times.flatMap((index) =>
        [...layer.parameters].map(([name, variable]) => [rename(name, index), variable]),
      ),
    ),
    parameterCount: depth * layer.parameterCount,
    parameterNames: ({ layers = times, ...rest } = {}) =>
      layers.flatMap((index) => layer.parameterNames(rest).map((name) => rename(name, index))),
    setTrainable: (names, trainable) => layer.setTrainable(names, trainable),
    forward: (x, options) => tidy(() => forwardEach(x, options).at(-1) as Tensor3D),
    forwardEach,
    multiplyAccumulates: (tokens) => depth * layer.multiplyAccumulates(tokens),
    toSafetensors: () => layer.toSafetensors(),
    // The one layer belongs to whoever made it.
    dispose: () => {},
  };
}
