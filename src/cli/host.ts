import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { TaskError } from '../contract/errors.ts';
import type { Host } from '../contract/host.ts';

/** This machine and this process, as everything below is told of them. */
export function currentHost(): Host {
  const { env, platform, arch, pid } = process;
  // The AWS SDK warns on standard error of Node versions that it runs on and will not for ever.
  env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  return {
    env,
    platform,
    arch,
    cwd: currentFolder(),
    home: env.ITTYBIT_HOME ? resolve(env.ITTYBIT_HOME) : join(homedir(), '.ittybit'),
    pid,
    startedAt: Math.round(Date.now() - process.uptime() * 1000),
  };
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new TaskError('invalid_input', 'the current folder no longer exists', {
      hint: 'change to one that does',
      cause,
    });
  }
}
