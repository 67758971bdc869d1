import { importFrom } from './import_source.ts';

// Says when it has begun, then imports until it is killed.
const [url = '', home = '', taskId = '', output] = process.argv.slice(2);
const host = {
  env: {},
  platform: process.platform,
  arch: process.arch,
  cwd: process.cwd(),
  home,
  pid: process.pid,
  startedAt: Date.now() - process.uptime() * 1000,
};
console.log('begun');
await importFrom(url, { host, taskId, signal: undefined, ...(output && { output }) });
