import * as z from 'zod';
import { option } from '../contract/option.ts';
import { outputOptions } from './output_options.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl */
const acls = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
] as const;

/** What S3 keeps of names and values together, in bytes. */
const maxMetadata = 2048;

/** What a header carries unchanged. */
const isPrintable = (text: string) => /^[\x20-\x7e]*$/.test(text);
const isTrimmed = (text: string) => text === text.trim();

const sizeOf = (metadata: Record<string, string>) =>
  Object.entries(metadata).reduce((sum, [name, value]) => sum + name.length + value.length, 0);

export const exportOptions = z.strictObject({
  ...outputOptions,
  url: option(z.string().min(1), {
    description: 'where to send it: s3://bucket/key, a presigned https:// URL, a file, or a folder ending in /',
    group: 'Output',
    flag: '-o, --output',
    placeholder: '<path>',
  }),
  cache_control: option(z.string().min(1).refine(isPrintable, 'printable ASCII'), {
    description: 'Cache-Control that it is served with; of a stream, playlists have a minute and the rest a year',
    group: 'Output',
    placeholder: '<directives>',
  }),
  acl: option(z.enum(acls), { description: 'who may read it', group: 'Output', default: "the bucket's" }),
  metadata: option(
    z
      .record(z.string(), z.string())
      .refine(
        (metadata) =>
          Object.entries(metadata).every(
            ([name, value]) => /^[a-z0-9-]+$/.test(name) && isPrintable(value) && isTrimmed(value),
          ),
        'names of a-z, 0-9 and -, each with a value of printable ASCII',
      )
      .refine((metadata) => sizeOf(metadata) <= maxMetadata, `at most ${maxMetadata} bytes, names and values together`),
    {
      description: 'what else is to be kept with the object; can be given several times',
      group: 'Output',
      placeholder: '<name=value>',
    },
  ),
  storage_class: option(
    z.string().refine((name) => /^[A-Z][A-Z0-9_]*$/.test(name), 'a class in capitals, such as STANDARD_IA'),
    { description: "the object's storage class", group: 'Output', placeholder: '<class>', default: "the bucket's" },
  ),
  if_none_match: option(z.boolean(), {
    description: 'let the server itself refuse to replace what has appeared there meanwhile',
    group: 'Output',
    default: false,
  }),
});
