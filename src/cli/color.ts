import { styleText } from 'node:util';

export type Style = 'red' | 'green' | 'yellow' | 'dim';

/** Text in a colour, where the stream is a terminal that wants any (NO_COLOR, FORCE_COLOR: no-color.org, force-color.org). */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stderr): string {
  return hasColors(stream) ? styleText(style, text) : text;
}

function hasColors(stream: NodeJS.WriteStream): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return stream.isTTY === true && !NO_COLOR && TERM !== 'dumb';
}
