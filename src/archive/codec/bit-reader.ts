/** Reads bits, the highest first, from a buffer that is moved along a stream. Past the end it reads zeros: see {@link overran}. */
export class BitReader {
  bytes: Buffer = Buffer.alloc(0);
  /** The next byte to take into {@link held}. */
  at = 0;
  end = 0;
  /** Bits taken and not read yet: the lowest {@link count} of these. */
  held = 0;
  count = 0;

  /** Whether more was read than there is. */
  get overran(): boolean {
    return this.at - (this.count >>> 3) > this.end;
  }

  /** The next `bits` bits, at most 24. */
  read(bits: number): number {
    while (this.count < bits) {
      this.held = (this.held << 8) | (this.at < this.end ? (this.bytes[this.at] as number) : 0);
      this.at++;
      this.count += 8;
    }
    this.count -= bits;
    return (this.held >>> this.count) & ((1 << bits) - 1);
  }

  read32(): number {
    return ((this.read(16) << 16) | this.read(16)) >>> 0;
  }

  /** Goes to the next whole byte. */
  align(): void {
    this.at -= this.count >>> 3;
    this.held = 0;
    this.count = 0;
  }
}
