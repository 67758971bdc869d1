import * as z from 'zod';
import { option } from '../contract/option.ts';

/** What is said to the program rather than to the task. */
export const Invocation = z.strictObject({
  input: option(z.string().min(1), {
    description: 'what to read: a path, a URL, JSON ({"url": …}, a File or a Task), or - for standard input',
    group: 'Input',
    flag: '-i, --input',
    placeholder: '<input>',
    default: 'standard input, if piped',
  }),
  options: option(z.string(), {
    description: "the task's options as JSON; a flag wins over the same option in it",
    group: 'Run',
    placeholder: '<json>',
  }),
  json: option(z.boolean(), {
    description: 'print the result on one line, on a terminal too',
    group: 'Run',
    default: false,
  }),
  progress: option(z.enum(['auto', 'json', 'none']), {
    description: 'a line drawn on a terminal, an object a line on standard error, or nothing',
    group: 'Run',
    default: 'auto',
  }),
  quiet: option(z.boolean(), { description: 'say nothing but errors', group: 'Run', default: false }),
  debug: option(z.boolean(), {
    description: 'print every command that is run, and what is behind an error',
    group: 'Run',
    default: false,
  }),
});

export type Invocation = z.infer<typeof Invocation>;
