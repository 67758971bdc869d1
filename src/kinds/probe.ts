import * as z from 'zod';
import { option } from '../contract/option.ts';

export const probeOptions = z.strictObject({
  deep: option(z.boolean(), { description: 'read and decode the whole file instead of its headers and first seconds', group: 'Input', default: false }),
});
