import { s3Target } from '../../../src/storage/s3/target.ts';
import { bytesOf, parcel } from './bytes.ts';

/** Sends bytes as a process of its own, that can be killed. */
const [home = '', url = '', size = ''] = process.argv.slice(2);
const { platform, arch, pid } = process;
const startedAt = Date.now() - process.uptime() * 1000;
const host = { env: {}, platform, arch, pid, startedAt, home, cwd: home };
const access = { host, taskId: 'task_01h455vb4pex5vsknk084sn02r', settings: {} };
const target = await s3Target({ url }, { url, extension: 'bin', stem: 'out', access, overwrite: false });
await target.deliver?.([parcel('', bytesOf(Number(size)))], () => {});
