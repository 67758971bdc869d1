import type { Chapter } from '../contract/file.ts';

export interface Facts {
  tags: Readonly<Record<string, string>>;
  chapters: readonly Chapter[];
}

/** ffmpeg's own text format for tags and chapters: what is too long for an argument, or not in the input as it is wanted. */
export function ffmetadata({ tags, chapters }: Facts): string {
  return [
    ';FFMETADATA1',
    ...Object.entries(tags).map(([key, value]) => `${escaped(key)}=${escaped(value)}`),
    ...chapters.flatMap(({ start, end, title }) => [
      '[CHAPTER]',
      'TIMEBASE=1/1000000',
      `START=${Math.round(start * 1e6)}`,
      `END=${Math.round(end * 1e6)}`,
      ...(title === undefined ? [] : [`title=${escaped(title)}`]),
    ]),
    '',
  ].join('\n');
}

const escaped = (text: string) => text.replaceAll(/[=;#\\\n]/g, '\\$&');

/** The chapters of a part, on the part's own clock. */
export function chaptersWithin(chapters: readonly Chapter[], from: number, to: number): Chapter[] {
  return chapters
    .filter(({ start, end }) => end > from && start < to)
    .map((chapter) => ({
      ...chapter,
      start: Math.max(chapter.start, from) - from,
      end: Math.min(chapter.end, to) - from,
    }));
}

/** Chapters as Vorbis comments have them: CHAPTER000=00:01:02.345 and CHAPTER000NAME=… (wiki.xiph.org/Chapter_Extension). */
export const chapterComments = (chapters: readonly Chapter[]): Record<string, string> =>
  Object.fromEntries(
    chapters.flatMap(({ start, title }, n) => {
      const name = `CHAPTER${String(n).padStart(3, '0')}`;
      const time = [start / 3600, (start / 60) % 60].map((value) => String(Math.floor(value)).padStart(2, '0'));
      const seconds = (Math.round((start % 60) * 1000) / 1000).toFixed(3).padStart(6, '0');
      return [[name, [...time, seconds].join(':')], ...(title === undefined ? [] : [[`${name}NAME`, title]])];
    }),
  );
