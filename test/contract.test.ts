import { expect, it } from 'vitest';
import { File } from '../src/contract/file.ts';
import { fileKeys } from '../src/contract/names.ts';

it('names the keys of a File in one order', () => {
  expect(fileKeys).toEqual(Object.keys(File.shape));
});
