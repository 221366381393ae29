// Every kernel that the backend has, in one table.
import { convolutionKernels } from "./convolution";
import { elementwiseKernels } from "./elementwise";
import { fusedKernels } from "./fused";
import { imageKernels } from "./image";
import { indexingKernels } from "./indexing";
import type { KernelTable } from "./kernel";
import { layoutKernels } from "./layout";
import { linearAlgebraKernels } from "./linear-algebra";
import { poolingKernels } from "./pooling";
import { probabilityKernels } from "./probability";
import { reductionKernels } from "./reduction";

/** Recording kernels by subject, for the compatibility table. */
export const kernelGroups: Readonly<Record<string, KernelTable>> = {
  "elementwise, comparison, logic": elementwiseKernels,
  "reduction, normalisation, accumulation": reductionKernels,
  "matrix products": linearAlgebraKernels,
  convolution: convolutionKernels,
  pooling: poolingKernels,
  "layout, creation": layoutKernels,
  "indexing, gather, scatter": indexingKernels,
  "images, batch normalisation": imageKernels,
  "sampling, counting, searching": probabilityKernels,
};

/** Recording kernels by name. */
export const recordingKernels: KernelTable = Object.assign({}, ...Object.values(kernelGroups), fusedKernels);
