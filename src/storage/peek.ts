/** Bytes in order of which the first have been looked at. */
export interface Peeked {
  /** As many as were asked for, fewer where there are fewer. */
  head: Buffer;
  /** All of them, the first included; once. */
  bytes(): AsyncGenerator<Uint8Array>;
  /** Ends the reading, where nobody will go on with it. */
  end(): Promise<void>;
}

/** Looks at the first bytes of what can only be read once. */
export async function peek(source: AsyncIterable<Uint8Array>, length: number): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  for (let size = 0; size < length; ) {
    const step = await iterator.next();
    if (step.done) break;
    first.push(step.value);
    size += step.value.length;
  }
  const end = async () => {
    await iterator.return?.().catch(() => {});
  };
  return {
    head: Buffer.concat(first).subarray(0, length),
    async *bytes() {
      try {
        yield* first;
        for (let step = await iterator.next(); !step.done; step = await iterator.next()) yield step.value;
      } finally {
        await end();
      }
    },
    end,
  };
}
