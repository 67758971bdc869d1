import { writeFile } from 'node:fs/promises';
import { toTaskError } from '../../src/contract/errors.ts';
import { openSource } from '../../src/storage/index.ts';
import { resolveTarget } from '../../src/storage/target.ts';
import { openWorkspace } from '../../src/storage/workspace.ts';

// Says one line, then waits to be ended.
const [job, home = '', name = '', taskId = ''] = process.argv.slice(2);
const host = {
  env: {},
  platform: process.platform,
  arch: process.arch,
  cwd: process.cwd(),
  home,
  pid: process.pid,
  startedAt: Date.now() - process.uptime() * 1000,
};
const access = { host, taskId, settings: {} };

const target = () => resolveTarget({ url: name || undefined, extension: 'mp4', stem: 'stem', access, overwrite: true });

const jobs: Record<string, () => Promise<unknown>> = {
  open: () => openSource(name, access),
  target,
  async write() {
    const workspace = await openWorkspace(await target(), { taskId, host });
    await writeFile(workspace.path, 'half');
    return workspace.path;
  },
};

const said = await jobs[job ?? '']?.().catch((error) => toTaskError(error).toObject());
console.log(JSON.stringify(said, (_, value) => (typeof value === 'bigint' ? String(value) : value)));
setInterval(() => {}, 1000);
