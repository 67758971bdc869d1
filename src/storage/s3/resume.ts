import { AbortMultipartUploadCommand, ListPartsCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Host } from '../../contract/host.ts';
import { statusOf } from './failure.ts';
import { type Place, type Record, type Saved, takeAbandoned } from './saved_upload.ts';

/** An upload that a killed run began, and the parts that the server has of it. */
export interface Known {
  uploadId: string;
  parts: ReadonlyMap<number, { etag: string; size: number }>;
}

/** The upload to go on with, where a killed run left one of the same shape; others that it left are ended. */
export async function findKnown(
  client: S3Client,
  place: Place,
  shape: Omit<Saved, 'upload_id' | 'owner'>,
  { host, record }: { host: Host; record: Record },
): Promise<Known | undefined> {
  let known: Known | undefined;
  for (const saved of await takeAbandoned(place, host)) {
    const same =
      shape.size >= 0 &&
      saved.size === shape.size &&
      saved.part_size === shape.part_size &&
      saved.params_sha256 === shape.params_sha256;
    if (same && known === undefined) {
      await record.save({ ...shape, upload_id: saved.upload_id });
      known = await listParts(client, place, saved.upload_id);
      if (known === undefined) await record.forget();
    } else await end(client, place, saved.upload_id);
  }
  return known;
}

/** Undefined where the upload is no more. */
async function listParts(client: S3Client, { bucket, key }: Place, uploadId: string): Promise<Known | undefined> {
  const parts = new Map<number, { etag: string; size: number }>();
  let marker: string | undefined;
  try {
    do {
      const { Parts, IsTruncated, NextPartNumberMarker } = await client.send(
        new ListPartsCommand({ Bucket: bucket, Key: key, UploadId: uploadId, PartNumberMarker: marker }),
      );
      for (const { PartNumber = 0, ETag = '', Size = 0 } of Parts ?? [])
        parts.set(PartNumber, { etag: ETag, size: Size });
      marker = IsTruncated ? NextPartNumberMarker : undefined;
    } while (marker !== undefined);
  } catch (error) {
    // Without the right to list parts they are sent again; the upload itself may still be gone on with.
    if (statusOf(error) === 404) return undefined;
    if (statusOf(error) !== 403) throw error;
  }
  return { uploadId, parts };
}

/** What resists is left to the bucket's own rules. */
async function end(client: S3Client, { bucket, key }: Place, uploadId: string): Promise<void> {
  await client
    .send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId }))
    .catch(() => undefined);
}
