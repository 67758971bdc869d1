import { changeConnections } from '../../src/storage/connections_write.ts';

/** Adds connections as a process of its own. */
const [home = '', prefix = '', count = ''] = process.argv.slice(2);
const { platform, arch, pid } = process;
const host = { env: {}, platform, arch, pid, startedAt: Date.now() - process.uptime() * 1000, home, cwd: home };
for (let n = 0; n < Number(count); n++) {
  await changeConnections(host, (all) => ({
    ...all,
    connections: { ...all.connections, [`${prefix}-${n}`]: { type: 's3' } },
  }));
}
