import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Host } from '../../contract/host.ts';
import { withLock } from '../lock.ts';
import { isDead, ownerOf } from '../owner.ts';
import { systemError } from '../system_error.ts';

/** Where one object goes: the same place has the same name. */
export interface Place {
  endpoint: string | undefined;
  bucket: string;
  key: string;
}

/** An upload that a killed run began, as it was saved. */
const Saved = z.object({
  upload_id: z.string().min(1),
  size: z.number(),
  part_size: z.number(),
  /** Of what is said of the object, which is said as an upload begins. */
  params_sha256: z.string(),
  owner: z.object({ machine: z.string(), pid: z.number(), start: z.number() }),
});
export type Saved = z.infer<typeof Saved>;

export interface Record {
  save: (upload: Omit<Saved, 'owner'>) => Promise<void>;
  forget: () => Promise<void>;
}

const folderOf = (host: Host) => join(host.home, 'uploads');
const digestOf = (place: Place) =>
  createHash('sha256')
    .update(JSON.stringify([place.endpoint ?? '', place.bucket, place.key]))
    .digest('hex')
    .slice(0, 32);

/** What is to be remembered of an upload, in case that this process is killed: a file of its own under `$ITTYBIT_HOME/uploads`. */
export function recordOf(place: Place, host: Host, taskId: string): Record {
  const path = join(folderOf(host), `${digestOf(place)}-${taskId}.json`);
  return {
    async save(upload) {
      try {
        await mkdir(folderOf(host), { recursive: true, mode: 0o700 });
        // In one step: half a record would be taken for a killed run's.
        const handle = await open(`${path}.new`, 'w', 0o600);
        try {
          await handle.writeFile(JSON.stringify({ ...upload, owner: await ownerOf(host) }));
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(`${path}.new`, path);
      } catch (error) {
        throw systemError(error, path, 'write');
      }
    },
    forget: () => rm(path, { force: true }).catch(() => {}),
  };
}

/** Uploads to this place whose process has died, each given to one caller only: whoever gets it goes on with it, or ends it. */
export async function takeAbandoned(place: Place, host: Host): Promise<Saved[]> {
  const folder = folderOf(host);
  const digest = digestOf(place);
  const find = async () =>
    (await readdir(folder).catch(() => [])).filter((name) => name.startsWith(`${digest}-`) && name.endsWith('.json'));
  if ((await find()).length === 0) return [];
  return withLock(join(folder, `${digest}.lock`), host, async () => {
    const taken: Saved[] = [];
    const { machine } = await ownerOf(host);
    for (const name of await find()) {
      const saved = await readSaved(join(folder, name));
      if (saved && (saved.owner.machine !== machine || !(await isDead(saved.owner, host)))) continue;
      await rm(join(folder, name), { force: true });
      if (saved) taken.push(saved);
    }
    return taken;
  });
}

async function readSaved(path: string): Promise<Saved | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    return Saved.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
