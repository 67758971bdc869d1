import { cancelled } from '../contract/errors.ts';
import type { File } from '../contract/file.ts';
import { fileOf } from '../media/file.ts';
import { recognizableSize, recognize } from '../media/recognize.ts';
import { peek } from '../storage/peek.ts';
import type { Received } from '../storage/receive.ts';
import type { Target, UploadOptions } from '../storage/scheme.ts';
import { summed } from '../storage/summed.ts';
import { resolveTarget } from '../storage/target.ts';
import { openWorkspace } from '../storage/workspace.ts';
import { describeFile } from './described.ts';
import { copyVerified } from './export_copy.ts';
import { nameParts, planLine, refuseForLocal } from './export_plan.ts';
import { byBytes, checkReceived, warnOfSize } from './input.ts';
import type { Context, Job } from './kind.ts';

export interface ExportRequest {
  url: string;
  upload: UploadOptions;
}

/** One file, sent or copied as it is. */
export async function fileJob(context: Context, { url, upload }: ExportRequest): Promise<Job> {
  const { source, access, settings } = context;
  const target = await resolveTarget({
    url,
    ...nameParts(source.name),
    access,
    source,
    overwrite: settings.overwrite ?? false,
    upload,
  });
  if (!target.deliver) refuseForLocal(upload, target);
  const size = source.size;
  return {
    commands: [],
    notes: [await planLine({ from: source.label, to: target.path, size, remote: target.deliver !== undefined })],
    run: () => (target.deliver ? send(context, target) : copy(context, target)),
  };
}

async function send(context: Context, target: Target): Promise<File> {
  const { source } = context;
  const bytes = summed((offset) => counted(context, offset));
  const described = await describe(context, target.url);
  const parcel = { name: '', size: source.size, read: bytes.read };
  const delivery = await target.deliver?.([parcel], byBytes(context, source.size));
  const { size, sha256 } = bytes.result() ?? (await sumAgain(context));
  warnOfSize(context, size);
  return fileOf({ ...described, size, sha256, public_url: delivery?.publicUrl('') });
}

async function copy(context: Context, target: Target): Promise<File> {
  const { source, access } = context;
  const workspace = await openWorkspace(target, access);
  try {
    const { path } = workspace;
    const copied = await copyVerified(counted(context, 0), {
      path,
      shown: target.path,
      label: source.label,
      size: source.size,
      signal: context.signal,
      onBytes: byBytes(context, source.size),
    });
    const file = await describeFile(context, { path, url: target.url, label: source.label, size: copied.size });
    await workspace.publish();
    warnOfSize(context, copied.size);
    return fileOf({ ...file, sha256: copied.sha256 });
  } finally {
    await workspace.discard();
  }
}

/** A source's bytes, refused as soon as they are over the limit. */
async function* counted(context: Context, offset: number): AsyncGenerator<Uint8Array> {
  let size = offset;
  for await (const chunk of context.source.read(offset)) {
    size += chunk.length;
    checkReceived(context, size);
    yield chunk;
  }
}

/** The input as it is measured where it lies. What only reading to its end would tell, its first bytes must. */
async function describe(context: Context, url: string): Promise<File> {
  const { source } = context;
  if (source.size === 0) return describeFile(context, { path: '', url, label: source.label, size: 0 });
  if (source.size !== undefined) return describeFile(context, { ...(await source.place()), url, label: source.label });
  const peeked = await peek(source.read(), recognizableSize);
  await peeked.end();
  const { format = null } = await recognize(peeked.head);
  return fileOf({
    kind: 'file',
    url,
    format,
    width: null,
    height: null,
    codecs: { video: null, audio: null },
    size: 0,
  });
}

/** For a delivery that did not read it in order. */
async function sumAgain({ source, signal }: Context): Promise<Received> {
  const bytes = summed((offset) => source.read(offset));
  for await (const _ of bytes.read()) if (signal?.aborted) throw cancelled();
  return bytes.result() as Received;
}
