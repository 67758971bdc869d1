import { expect, test } from 'vitest';
import { readDocument, readInput } from '../../src/cli/input.ts';
import { parseDocument } from '../../src/cli/json.ts';

const read = (document: unknown) => readDocument(JSON.stringify(document), 'standard input');

test('a bare url and a File are the input as they are', () => {
  const file = { object: 'file', kind: 'video', url: 'file:///a.mp4', size: 0 };
  expect(read({ url: 'a.mp4' })).toEqual({ input: { url: 'a.mp4' } });
  expect(read(file)).toEqual({ input: file });
});

test('a Task that succeeded gives its output', () => {
  expect(read({ object: 'task', status: 'succeeded', output: { url: 'b.mp4' } })).toEqual({ input: { url: 'b.mp4' } });
  expect(() => read({ object: 'task', status: 'succeeded', output: null })).toThrow('succeeded without an output');
});

test.each([
  ['failed', 1],
  ['cancelled', 1],
  ['processing', 1],
  ['waiting', 0],
])('a Task that is %s passes through with %i', (status, exitCode) => {
  const task = { object: 'task', status, output: null, unknown: [1] };
  expect(read(task)).toEqual({ passed: task, exitCode });
});

test('a Task without a status of ours is refused', () => {
  expect(() => read({ object: 'task', status: 'done' })).toThrow('a Task whose status is "done"');
});

test('blank space and a byte order mark before JSON are nothing', () => {
  expect(readDocument('\uFEFF\n {"url": "a"}', '--input')).toEqual({ input: { url: 'a' } });
});

test('a list, and a second document, are refused', () => {
  expect(() => read([{ url: 'a' }])).toThrow('standard input is a list');
  expect(() => parseDocument('{"url": "}{"}\n{"url": "b"}', 'it')).toThrow('it holds more than one JSON document');
  expect(() => parseDocument('{"url": "a"} [1]', 'it')).toThrow('it holds more than one JSON document');
});

test('what is not JSON is called that, with the way to name such a file', () => {
  expect(() => parseDocument('{"url": "a"', 'it')).toThrow('it is not valid JSON');
  expect(() => parseDocument('{"url": "a"} and more', 'it')).toThrow('it is not valid JSON');
  expect(() => readDocument('[1].mp4', '--input')).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('./[1].mp4') }),
  );
});

test('malformed JSON is not repeated: a URL in it may hold a signature', async () => {
  const text = '{"url":"https://example.com/x.mp4?signature=secret"';
  const refusal = await readInput(text, {
    signal: new AbortController().signal,
    onSilence: () => {},
    bytes: false,
  }).catch((e) => e);
  expect(refusal).toMatchObject({ kind: 'invalid_input' });
  expect(`${refusal.message} ${refusal.hint}`).not.toContain('secret');
});
