import * as z from 'zod';
import { option } from '../contract/option.ts';

/** Where the output goes: every kind has these. */
export const outputOptions = {
  url: option(z.string().min(1), {
    description: 'where to write the output: a file, a folder ending in /, or s3://bucket/key',
    group: 'Output',
    flag: '-o, --output',
    placeholder: '<path>',
    default: 'local storage',
  }),
  connection_id: option(z.string().min(1), {
    description: 'name of the connection to use for s3://',
    group: 'Output',
    flag: '--connection',
    placeholder: '<name>',
  }),
};
