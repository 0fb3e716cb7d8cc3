/** Many hashes in little memory. */
export class HashList {
  readonly #width: number;
  #bytes: Buffer = Buffer.alloc(0);
  #count = 0;
  #sorted = true;

  /** @param width how many bytes of each are kept; 16 tell apart whatever nobody made to look alike */
  constructor(width: 16 | 32 = 32) {
    this.#width = width;
  }

  get size(): number {
    return this.#count;
  }

  /** @param hash in hex; those that come in their order need no sorting */
  add(hash: string): void {
    const end = (this.#count + 1) * this.#width;
    if (end > this.#bytes.byteLength) {
      const larger = Buffer.alloc(Math.max(1_024 * this.#width, 2 * this.#bytes.byteLength));
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    this.#bytes.write(hash, end - this.#width, this.#width, 'hex');
    this.#count++;
    if (this.#count > 1 && this.#compareWith(this.#count - 2, this.#at(this.#count - 1)) > 0)
      this.#sorted = false;
  }

  /** The place of a hash among all, in their order; `undefined` where it is none of them. */
  placeOf(hash: string): number | undefined {
    this.#sort();
    const wanted = Buffer.from(hash, 'hex').subarray(0, this.#width);
    let low = 0;
    let high = this.#count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = this.#compareWith(middle, wanted);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  /** Whether a hash is among them. */
  has(hash: string): boolean {
    return this.placeOf(hash) !== undefined;
  }

  /** Whether any of them was added twice. */
  hasDoubles(): boolean {
    this.#sort();
    for (let place = 1; place < this.#count; place++) {
      if (this.#compareWith(place, this.#at(place - 1)) === 0) return true;
    }
    return false;
  }

  #at(place: number): Buffer {
    return this.#bytes.subarray(place * this.#width, (place + 1) * this.#width);
  }

  #compareWith(place: number, other: Uint8Array): number {
    const start = place * this.#width;
    return this.#bytes.compare(other, 0, this.#width, start, start + this.#width);
  }

  #sort(): void {
    if (this.#sorted) return;
    const from = this.#bytes;
    const width = this.#width;
    const places = Uint32Array.from({ length: this.#count }, (_, place) => place).sort((one, other) =>
      from.compare(from, other * width, (other + 1) * width, one * width, (one + 1) * width),
    );
    const sorted = Buffer.alloc(this.#count * width);
    places.forEach((place, index) => {
      from.copy(sorted, index * width, place * width, (place + 1) * width);
    });
    this.#bytes = sorted;
    this.#sorted = true;
  }
}
