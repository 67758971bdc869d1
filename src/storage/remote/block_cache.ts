/** Bytes of a block: what is read ahead at the most where a few bytes are asked for. */
export const blockSize = 64 * 1024;

/** Blocks by their number, of which the least lately used are forgotten. */
export interface BlockCache {
  get(block: number): Buffer | undefined;
  set(block: number, bytes: Buffer): void;
  clear(): void;
}

export function blockCache(maxBlocks: number): BlockCache {
  // A Map keeps the order in which keys were set: the first is the one not used for longest.
  const blocks = new Map<number, Buffer>();
  const set = (block: number, bytes: Buffer) => {
    blocks.delete(block);
    blocks.set(block, bytes);
  };
  return {
    get(block) {
      const bytes = blocks.get(block);
      if (bytes) set(block, bytes);
      return bytes;
    },
    set(block, bytes) {
      set(block, bytes);
      const [oldest] = blocks.keys();
      if (blocks.size > maxBlocks && oldest !== undefined) blocks.delete(oldest);
    },
    clear: () => blocks.clear(),
  };
}
