import { TaskError } from '../contract/errors.ts';

/** One JSON document. `from` is how messages call its source: `standard input`, `--input`. */
export function parseDocument(text: string, from: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const end = endOfFirstValue(text);
    if (end !== undefined && /^\s*[{[]/.test(text.slice(end))) {
      throw new TaskError('invalid_input', `${from} holds more than one JSON document`, {
        hint: 'run one task for each',
      });
    }
    // V8 quotes the text and says again that it is not JSON.
    const reason = (error as Error).message.replace(/, .* is not valid JSON$/s, '');
    throw new TaskError('invalid_input', `${from} is not valid JSON: ${reason}`);
  }
}

/** Where the object or list that a text starts with is closed; undefined where it never is. */
function endOfFirstValue(text: string): number | undefined {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\[\s\S])*"|[{}[\]]/g)) {
    if ('{['.includes(token)) depth += 1;
    else if ('}]'.includes(token)) depth -= 1;
    else continue;
    if (depth === 0) return index + 1;
  }
  return undefined;
}
