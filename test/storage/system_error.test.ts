import { expect, it } from 'vitest';
import { TaskError } from '../../src/contract/errors.ts';
import { systemError } from '../../src/storage/system_error.ts';

const thrown = (code: string) => Object.assign(new Error(code), { code });

it.each([
  ['EIO', 'read', 'access_denied', 'input/output error'],
  ['EMFILE', 'read', 'limit_exceeded', 'too many files'],
  ['EPERM', 'read', 'access_denied', 'may not be read'],
  ['ESTALE', 'read', 'access_denied', 'could not be read (ESTALE)'],
  ['UNKNOWN', 'read', 'access_denied', 'could not be read (UNKNOWN)'],
  ['EIO', 'write', 'access_denied', 'input/output error'],
  ['ENOSPC', 'write', 'disk_full', 'no space left'],
  ['EDQUOT', 'write', 'disk_full', 'quota'],
  ['EROFS', 'write', 'access_denied', 'read-only'],
  ['EFBIG', 'write', 'limit_exceeded', 'too large'],
] as const)('tells what %s means on a %s', (code, access, kind, says) => {
  expect(systemError(thrown(code), '/x\ny', access)).toMatchObject({
    kind,
    message: expect.stringMatching(`^/x\\\\u000ay .*${says.replace(/[()]/g, '\\$&')}`),
  });
});

it('leaves bugs and finished errors alone', () => {
  for (const error of [
    new TypeError('bug'),
    thrown('ERR_INVALID_ARG_TYPE'),
    new TaskError('timeout', 'x'),
    'text',
    undefined,
  ]) {
    expect(systemError(error, '/x', 'read')).toBe(error);
  }
});
