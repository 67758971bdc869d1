import pidusage from 'pidusage';
import { afterEach, expect, it, vi } from 'vitest';
import { isDead } from '../../src/storage/owner.ts';
import { hostIn } from './place.ts';

vi.mock('pidusage', () => ({ default: vi.fn() }));

const now = 1_800_000_000;
/** A platform without /proc, so that only pidusage is asked. */
const host = hostIn('/', { platform: 'darwin', pid: 7, startedAt: (now - 100) * 1000 });
const owner = { machine: '0123abcd', pid: 42, start: now - 5000 };

/** What pidusage says of the seconds since a process started, or its error's code. */
function say(answers: Record<number, number | string>) {
  vi.mocked(pidusage as (pid: number) => Promise<unknown>).mockImplementation(async (pid) => {
    const answer = answers[pid];
    if (typeof answer === 'number') return { timestamp: now * 1000, elapsed: answer * 1000 };
    throw Object.assign(new Error(answer), { code: answer });
  });
}

afterEach(() => vi.clearAllMocks());

it.each([
  ['no process has the pid', { 7: 100, 42: 'ENOENT' }, true],
  ['the process ended while it was looked at', { 7: 100, 42: 'ESRCH' }, true],
  ['it runs', { 7: 100, 42: 5000 }, false],
  ['it runs, and started a little before it was recorded', { 7: 100, 42: 4950 }, false],
  ['it runs, and was recorded long after its start', { 7: 100, 42: 90_000 }, false],
  ['the pid was given to a later process', { 7: 100, 42: 4900 }, true],
  ['we hold the pid ourselves', { 7: 100, 42: 100 }, true],
  ['every start looks too late, as ours does', { 7: -80_000, 42: -75_100 }, false],
  ['every start looks too late, and this one is', { 7: -80_000, 42: -79_900 }, true],
  ['we were recorded long after our start', { 7: 90_000, 42: 5000 }, false],
  ['it could not be looked at', { 7: 100, 42: 'EMFILE' }, false],
  ['there is no such tool', { 7: 100, 42: 'ERR_X' }, false],
])('judges an owner where %s', async (_, answers, dead) => {
  say(answers);
  expect(await isDead(owner, host)).toBe(dead);
});
