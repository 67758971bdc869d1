import type { Unit } from '../contract/option.ts';

/** A number as people write it: no exponent, no hexadecimal, no separators; undefined for anything else. */
export function parseNumber(text: string): number | undefined {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : undefined;
}

function parseSeconds(text: string): number | undefined {
  const clock = /^(?:(\d+):(?=\d\d:))?(\d+):(\d\d(?:\.\d*)?)$/.exec(text);
  if (!clock) return parseNumber(text);
  const [hours, minutes, seconds] = clock.slice(1).map((part) => Number(part ?? 0)) as [number, number, number];
  if (seconds >= 60 || (clock[1] !== undefined && minutes >= 60)) return undefined;
  // In thousandths, or 1:02.3 would be 62.299999999999997.
  return Math.round((hours * 3600 + minutes * 60 + seconds) * 1e6) / 1e6;
}

function parseScaled(scales: Readonly<Record<string, number>>) {
  return (text: string): number | undefined => {
    const [, digits = '', suffix = ''] = /^([^a-z\s]*)\s?([a-z]+)$/i.exec(text) ?? [];
    if (suffix === '') return parseNumber(text);
    const scale = Object.hasOwn(scales, suffix) ? scales[suffix] : undefined;
    const number = parseNumber(digits);
    // Rounded, or 2.3M would be 2299999.9999999995.
    return scale === undefined || number === undefined ? undefined : Math.round(number * scale);
  };
}

const ages: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Without its unit a number could mean any of them. */
function parseAge(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^([^a-z\s]+)\s?([smhdw])$/.exec(text) ?? [];
  const number = parseNumber(digits);
  return number === undefined ? undefined : number * (ages[unit] ?? Number.NaN);
}

/** How a value with a unit is read from a command line; a unit that is not here is a plain number. */
export const unitParsers: Partial<Record<Unit, (text: string) => number | undefined>> = {
  seconds: parseSeconds,
  age: parseAge,
  bitrate: parseScaled({ k: 1e3, K: 1e3, M: 1e6, G: 1e9 }),
  bytes: parseScaled({
    ...{ B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 },
    ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 },
  }),
};
