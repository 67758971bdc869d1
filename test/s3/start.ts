import { mkdtempSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keys } from './settings.ts';
import { clear, howToInstall, missingPrograms, startSwift } from './swift.ts';

/**
 * A real S3 server until it is interrupted: `npm run s3`. Prints what the AWS SDK and CLI read from the environment.
 * For the tests, `start.ts <folder> <pid>`: tells its endpoint in `<folder>/ready` and ends with that process.
 */
const [given, owner] = process.argv.slice(2);
const folder = given ?? mkdtempSync(join(tmpdir(), 'ittybit-s3-'));

const missing = missingPrograms();
if (missing.length > 0) {
  fail(`${missing.join(', ')} is missing: ${howToInstall}`);
}

const swift = await startSwift(join(folder, 'swift')).catch((error) => fail(error.message));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);

if (owner === undefined) {
  process.stdout.write(`export AWS_ENDPOINT_URL_S3=${swift.endpoint} AWS_REGION=${keys.region}
export AWS_ACCESS_KEY_ID=${keys.accessKeyId} AWS_SECRET_ACCESS_KEY=${keys.secretAccessKey}
# ittybit connections add s3 --name swift --endpoint ${swift.endpoint} --region ${keys.region} --access-key-id ${keys.accessKeyId} --secret-access-key - <<< ${keys.secretAccessKey}
# Ctrl-C ends it\n`);
  setInterval(() => {}, 1 << 30);
} else {
  writeFileSync(join(folder, 'ready.tmp'), swift.endpoint);
  await rename(join(folder, 'ready.tmp'), join(folder, 'ready'));
  setInterval(() => isAlive(Number(owner)) || end(), 500);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function end(): Promise<void> {
  await swift.stop();
  await clear(folder);
  process.exit(0);
}

function fail(message: string): never {
  if (owner === undefined) process.stderr.write(`${message}\n`);
  else writeFileSync(join(folder, 'failed'), message);
  process.exit(1);
}
