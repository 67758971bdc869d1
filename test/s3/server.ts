import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { inject } from 'vitest';
import { leaveOut } from '../left_out.ts';
import { keys } from './settings.ts';
import { howToInstall, missingPrograms } from './swift.ts';

const missing = missingPrograms();

/** Whether tests can have a real S3 server; where not, it is said loudly. */
export const hasServer = missing.length === 0;
if (!hasServer) leaveOut(`all that needs a real S3 server (no ${missing.join(', ')}): ${howToInstall}`);

export interface S3Server {
  endpoint: string;
  /** For a test's own looking on; not what is tested. */
  client: S3Client;
  /** A new bucket of the test's own. */
  makeBucket: () => Promise<string>;
}

/** The S3 server of this run, started by the first that asks; about 9 s. */
export async function s3Server(): Promise<S3Server> {
  const endpoint = await endpointOf(inject('s3'));
  const client = clientAt(endpoint);
  return {
    endpoint,
    client,
    async makeBucket() {
      const bucket = `test-${randomUUID()}`;
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      return bucket;
    },
  };
}

const clientAt = (endpoint: string): S3Client =>
  new S3Client({
    endpoint,
    region: keys.region,
    forcePathStyle: true,
    credentials: keys,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });

async function endpointOf({ folder, owner }: { folder: string; owner: number }): Promise<string> {
  const mayStart = await mkdir(join(folder, 'asked')).then(
    () => true,
    () => false,
  );
  if (mayStart) {
    const program = fileURLToPath(new URL('start.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', program, folder, `${owner}`], {
      detached: true,
      stdio: 'ignore',
    });
    child.unref();
    await writeFile(join(folder, 'pid'), `${child.pid}`);
  }
  for (let waited = 0; waited < 90_000; waited += 50) {
    if (existsSync(join(folder, 'ready'))) return readFile(join(folder, 'ready'), 'utf8');
    if (existsSync(join(folder, 'failed'))) throw new Error(await readFile(join(folder, 'failed'), 'utf8'));
    await sleep(50);
  }
  throw new Error('the S3 server did not start within 90 s');
}
