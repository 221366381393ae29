// Kernels of this package's own fused operations; tfjs-core does not know them.
import type { KernelTable } from "./kernel";

/** Kernels behind the functions in `fused/`. */
export const fusedKernels: KernelTable = {
  FusedLayerNorm: ({ graph, input, attributes }) => {
    const x = input("x");
    const shape = [...x.shape.slice(0, -1), 1];
    const outputs = [x.shape, shape, shape].map((shape) => ({ type: "float32", shape }) as const);
    const { epsilon } = attributes<{ epsilon: number }>();
    return graph.record("LayerNormalization", [x, input("gain"), input("bias")], outputs, {
      attributes: { axis: -1, epsilon: { float: epsilon } },
    });
  },
};
