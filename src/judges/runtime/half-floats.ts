const scratch = new DataView(new ArrayBuffer(4));

/** The numbers that IEEE 754 half-precision bits stand for. */
export function fromHalfFloats(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const numbers = new Float32Array(bits.length);
  for (let index = 0; index < bits.length; index++) numbers[index] = fromHalfFloat(bits[index] ?? 0);
  return numbers;
}

/** The IEEE 754 half-precision bits of numbers, rounded to the nearest, ties to even. */
export function toHalfFloats(numbers: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint16Array(numbers.length);
  for (let index = 0; index < numbers.length; index++) bits[index] = toHalfFloat(numbers[index] ?? 0);
  return bits;
}

function fromHalfFloat(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function toHalfFloat(number: number): number {
  scratch.setFloat32(0, number);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const size = Math.abs(number);
  if (Number.isNaN(number)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // Below 2^-14 all halves are 2^-24 apart, so the fraction alone says it.
  if (size < 2 ** -14) return sign | roundToEven(size * 2 ** 24);
  const exponent = ((bits >>> 23) & 0xff) - 127;
  // A fraction rounded up to 2 carries over into the exponent, as it should.
  return sign | (((exponent + 15) << 10) + roundToEven((size / 2 ** exponent - 1) * 1024));
}

function roundToEven(number: number): number {
  const below = Math.floor(number);
  const rest = number - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}
