// What the search spends its time on, in AssemblyScript: single-precision products of a
// complex matrix in two planes with real kernels, four elements at a time. Addresses are
// bytes, strides and lengths are floats and multiples of four. compile.mjs
// writes it to src/kernels/module.ts; src/kernels/plain.ts does the same without WebAssembly.

/** out[d] = sum over a of matrix[d, a] kernel[a], in both planes. */
export function alongDelays(
  re: usize,
  im: usize,
  kernel: usize,
  outRe: usize,
  outIm: usize,
  rows: i32,
  stride: i32,
): void {
  const bytes = (<usize>stride) << 2;
  for (let d = 0; d < rows; d++) {
    let sumRe = f32x4.splat(0);
    let sumIm = f32x4.splat(0);
    for (let a: usize = 0; a < bytes; a += 16) {
      const weight = v128.load(kernel + a);
      sumRe = f32x4.add(sumRe, f32x4.mul(v128.load(re + a), weight));
      sumIm = f32x4.add(sumIm, f32x4.mul(v128.load(im + a), weight));
    }
    store<f32>(outRe + ((<usize>d) << 2), across(sumRe));
    store<f32>(outIm + ((<usize>d) << 2), across(sumIm));
    re += bytes;
    im += bytes;
  }
}

/** out[a] = sum over d of kernel[d] matrix[d, a], in both planes. */
export function alongAngles(
  re: usize,
  im: usize,
  kernel: usize,
  outRe: usize,
  outIm: usize,
  rows: i32,
  stride: i32,
): void {
  const bytes = (<usize>stride) << 2;
  for (let a: usize = 0; a < bytes; a += 16) {
    let sumRe = f32x4.splat(0);
    let sumIm = f32x4.splat(0);
    let at = a;
    for (let d = 0; d < rows; d++) {
      const weight = v128.load32_splat(kernel + ((<usize>d) << 2));
      sumRe = f32x4.add(sumRe, f32x4.mul(v128.load(re + at), weight));
      sumIm = f32x4.add(sumIm, f32x4.mul(v128.load(im + at), weight));
      at += bytes;
    }
    v128.store(outRe + a, sumRe);
    v128.store(outIm + a, sumIm);
  }
}

/** matrix[d, a] += gain delayKernel[d] angleKernel[a], a complex gain on a real atom. */
export function addAtom(
  re: usize,
  im: usize,
  gainRe: f32,
  gainIm: f32,
  delayKernel: usize,
  angleKernel: usize,
  rows: i32,
  stride: i32,
): void {
  const bytes = (<usize>stride) << 2;
  for (let d = 0; d < rows; d++) {
    const tap = load<f32>(delayKernel + ((<usize>d) << 2));
    const weightRe = f32x4.splat(gainRe * tap);
    const weightIm = f32x4.splat(gainIm * tap);
    for (let a: usize = 0; a < bytes; a += 16) {
      const angle = v128.load(angleKernel + a);
      v128.store(re + a, f32x4.add(v128.load(re + a), f32x4.mul(weightRe, angle)));
      v128.store(im + a, f32x4.add(v128.load(im + a), f32x4.mul(weightIm, angle)));
    }
    re += bytes;
    im += bytes;
  }
}

/** Takes one atom away from a matrix and adds another in the same pass. */
export function replaceAtom(
  re: usize,
  im: usize,
  oldRe: f32,
  oldIm: f32,
  oldDelay: usize,
  oldAngle: usize,
  newRe: f32,
  newIm: f32,
  newDelay: usize,
  newAngle: usize,
  rows: i32,
  stride: i32,
): void {
  const bytes = (<usize>stride) << 2;
  for (let d = 0; d < rows; d++) {
    const at = (<usize>d) << 2;
    const before = load<f32>(oldDelay + at);
    const after = load<f32>(newDelay + at);
    const beforeRe = f32x4.splat(oldRe * before);
    const beforeIm = f32x4.splat(oldIm * before);
    const afterRe = f32x4.splat(newRe * after);
    const afterIm = f32x4.splat(newIm * after);
    for (let a: usize = 0; a < bytes; a += 16) {
      const was = v128.load(oldAngle + a);
      const is = v128.load(newAngle + a);
      const changeRe = f32x4.sub(f32x4.mul(afterRe, is), f32x4.mul(beforeRe, was));
      const changeIm = f32x4.sub(f32x4.mul(afterIm, is), f32x4.mul(beforeIm, was));
      v128.store(re + a, f32x4.add(v128.load(re + a), changeRe));
      v128.store(im + a, f32x4.add(v128.load(im + a), changeIm));
    }
    re += bytes;
    im += bytes;
  }
}

/**
 * out[r, c] = sum over k of left[r, k] right[k, c]; strides of `right` and `out` may be longer than
 * `columns`, so that parts of matrices can be multiplied. Four rows share what is read of `right`.
 */
export function multiply(
  left: usize,
  right: usize,
  out: usize,
  rows: i32,
  inner: i32,
  columns: i32,
  leftStride: i32,
  rightStride: i32,
  outStride: i32,
): void {
  const leftBytes = (<usize>leftStride) << 2;
  const rightBytes = (<usize>rightStride) << 2;
  const outBytes = (<usize>outStride) << 2;
  const width = (<usize>columns) << 2;
  let r = 0;
  for (; r + 3 < rows; r += 4) {
    const row = left + <usize>r * leftBytes;
    const target = out + <usize>r * outBytes;
    for (let c: usize = 0; c < width; c += 16) {
      let sum0 = f32x4.splat(0);
      let sum1 = f32x4.splat(0);
      let sum2 = f32x4.splat(0);
      let sum3 = f32x4.splat(0);
      let from = right + c;
      let weight = row;
      for (let k = 0; k < inner; k++) {
        const values = v128.load(from);
        sum0 = f32x4.add(sum0, f32x4.mul(v128.load32_splat(weight), values));
        sum1 = f32x4.add(sum1, f32x4.mul(v128.load32_splat(weight + leftBytes), values));
        sum2 = f32x4.add(sum2, f32x4.mul(v128.load32_splat(weight + 2 * leftBytes), values));
        sum3 = f32x4.add(sum3, f32x4.mul(v128.load32_splat(weight + 3 * leftBytes), values));
        from += rightBytes;
        weight += 4;
      }
      v128.store(target + c, sum0);
      v128.store(target + c + outBytes, sum1);
      v128.store(target + c + 2 * outBytes, sum2);
      v128.store(target + c + 3 * outBytes, sum3);
    }
  }
  for (; r < rows; r++) {
    const row = left + <usize>r * leftBytes;
    const target = out + <usize>r * outBytes;
    for (let c: usize = 0; c < width; c += 16) {
      let sum = f32x4.splat(0);
      let from = right + c;
      for (let k = 0; k < inner; k++) {
        sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(row + ((<usize>k) << 2)), v128.load(from)));
        from += rightBytes;
      }
      v128.store(target + c, sum);
    }
  }
}

/** Index of the element of largest power. */
export function peak(re: usize, im: usize, rows: i32, stride: i32): i32 {
  const bytes = (<usize>stride) << 2;
  let best: f32 = -1;
  let index = 0;
  for (let d = 0; d < rows; d++) {
    let most = f32x4.splat(0);
    for (let a: usize = 0; a < bytes; a += 16) {
      const x = v128.load(re + a);
      const y = v128.load(im + a);
      most = f32x4.pmax(f32x4.add(f32x4.mul(x, x), f32x4.mul(y, y)), most);
    }
    // A row is looked through again only where it holds a new maximum.
    if (above(most, best)) {
      for (let a = 0; a < stride; a++) {
        const x = load<f32>(re + ((<usize>a) << 2));
        const y = load<f32>(im + ((<usize>a) << 2));
        const power = x * x + y * y;
        if (power > best) {
          best = power;
          index = d * stride + a;
        }
      }
    }
    re += bytes;
    im += bytes;
  }
  return index;
}

function across(sum: v128): f32 {
  return (
    f32x4.extract_lane(sum, 0) +
    f32x4.extract_lane(sum, 1) +
    (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3))
  );
}

function above(values: v128, limit: f32): bool {
  return v128.any_true(f32x4.gt(values, f32x4.splat(limit)));
}
