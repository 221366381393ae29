// The matrix kernels in plain TypeScript: for engines without WebAssembly, and what the
// compiled ones are checked against.
import type { MatrixKernels } from "./matrix-kernels";

/** Kernels over a memory of so many bytes. */
export function plainKernels(bytes: number): MatrixKernels {
  const floats = new Float32Array(bytes / 4);
  return {
    memory: { buffer: floats.buffer },
    alongDelays(re, im, kernel, outRe, outIm, rows, stride) {
      for (let d = 0; d < rows; d++) {
        let sumRe = 0;
        let sumIm = 0;
        for (let a = 0; a < stride; a++) {
          const weight = floats[(kernel >> 2) + a];
          sumRe += weight * floats[(re >> 2) + d * stride + a];
          sumIm += weight * floats[(im >> 2) + d * stride + a];
        }
        floats[(outRe >> 2) + d] = sumRe;
        floats[(outIm >> 2) + d] = sumIm;
      }
    },
    alongAngles(re, im, kernel, outRe, outIm, rows, stride) {
      for (let a = 0; a < stride; a++) {
        let sumRe = 0;
        let sumIm = 0;
        for (let d = 0; d < rows; d++) {
          const weight = floats[(kernel >> 2) + d];
          sumRe += weight * floats[(re >> 2) + d * stride + a];
          sumIm += weight * floats[(im >> 2) + d * stride + a];
        }
        floats[(outRe >> 2) + a] = sumRe;
        floats[(outIm >> 2) + a] = sumIm;
      }
    },
    addAtom(re, im, gainRe, gainIm, delayKernel, angleKernel, rows, stride) {
      for (let d = 0; d < rows; d++) {
        const weightRe = gainRe * floats[(delayKernel >> 2) + d];
        const weightIm = gainIm * floats[(delayKernel >> 2) + d];
        for (let a = 0; a < stride; a++) {
          const angle = floats[(angleKernel >> 2) + a];
          floats[(re >> 2) + d * stride + a] += weightRe * angle;
          floats[(im >> 2) + d * stride + a] += weightIm * angle;
        }
      }
    },
    replaceAtom(re, im, oldRe, oldIm, oldDelay, oldAngle, newRe, newIm, newDelay, newAngle, rows, stride) {
      this.addAtom(re, im, -oldRe, -oldIm, oldDelay, oldAngle, rows, stride);
      this.addAtom(re, im, newRe, newIm, newDelay, newAngle, rows, stride);
    },
    multiply(left, right, out, rows, inner, columns, leftStride, rightStride, outStride) {
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) {
          let sum = 0;
          for (let k = 0; k < inner; k++) {
            sum += floats[(left >> 2) + r * leftStride + k] * floats[(right >> 2) + k * rightStride + c];
          }
          floats[(out >> 2) + r * outStride + c] = sum;
        }
      }
    },
    peak(re, im, rows, stride) {
      let best = -1;
      let index = 0;
      for (let i = 0; i < rows * stride; i++) {
        const power = floats[(re >> 2) + i] ** 2 + floats[(im >> 2) + i] ** 2;
        if (power > best) {
          best = power;
          index = i;
        }
      }
      return index;
    },
  };
}
