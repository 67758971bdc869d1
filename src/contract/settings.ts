import * as z from 'zod';
import { defaultMaxPixels, defaultStallTimeout } from './limits.ts';
import { option } from './option.ts';

/** How a task is run, beside what it does: the same for every kind, never part of the Task. */
export const Settings = z.strictObject({
  overwrite: option(z.boolean(), { description: 'replace the output if it exists', group: 'Output', default: false }),
  dry_run: option(z.boolean(), {
    description: 'print the plan and the commands, and encode nothing',
    group: 'Run',
    default: false,
  }),
  header: option(
    z
      .string()
      .refine(
        (text) => /^@./.test(text),
        'a file of headers, as in @headers.txt, since others can read a command line',
      ),
    {
      description: 'file of headers to send with http(s) inputs, one a line, as in Authorization: Bearer …',
      group: 'Input',
      placeholder: '<@path>',
      unspoken: true,
    },
  ),
  allow_private_network: option(z.boolean(), {
    description: 'read and write http(s) on this machine and in private networks too',
    group: 'Limits',
    default: false,
  }),
  max_pixels: option(z.int().min(1), {
    description: 'largest picture to read, as width × height',
    group: 'Limits',
    unit: 'count',
    default: defaultMaxPixels,
  }),
  max_duration: option(z.number().min(0), {
    description: 'longest input to read',
    group: 'Limits',
    unit: 'seconds',
    default: 'none',
  }),
  max_input_size: option(z.int().min(0), {
    description: 'largest input to read',
    group: 'Limits',
    unit: 'bytes',
    default: 'none',
  }),
  timeout: option(z.number().positive(), {
    description: 'longest time the task may take',
    group: 'Limits',
    unit: 'seconds',
    default: 'none',
  }),
  stall_timeout: option(z.number().positive(), {
    description: 'longest time without progress and without CPU used',
    group: 'Limits',
    unit: 'seconds',
    default: defaultStallTimeout,
  }),
  ffmpeg: option(z.string().min(1), {
    description: 'the ffmpeg to use',
    group: 'Run',
    placeholder: '<path>',
    default: 'found',
  }),
  ffprobe: option(z.string().min(1), {
    description: 'the ffprobe to use',
    group: 'Run',
    placeholder: '<path>',
    default: 'found',
  }),
});

export type Settings = z.infer<typeof Settings>;
