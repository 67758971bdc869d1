import type { Size } from './fit.ts';
import type { RawPicture } from './frames.ts';

/** Tiles of one sheet at most; further ones go on further sheets. */
export const maxTiles = 100;

/** Sheets that are as square in tiles as they can be, each but the last full. */
export interface SheetLayout {
  tile: Size;
  columns: number;
  /** Tiles on each sheet. */
  sheets: readonly number[];
}

export function sheetLayout(count: number, tile: Size): SheetLayout {
  const sheets = Array.from({ length: Math.ceil(count / maxTiles) }, (_, n) =>
    Math.min(maxTiles, count - n * maxTiles),
  );
  return { tile, columns: Math.ceil(Math.sqrt(sheets[0] ?? 1)), sheets };
}

/** Pixels of the nth sheet. */
export function sheetSize({ tile, columns, sheets }: SheetLayout, n: number): Size {
  const tiles = sheets[n] ?? 0;
  return {
    width: Math.min(tiles, columns) * tile.width,
    height: Math.ceil(tiles / columns) * tile.height,
  };
}

export interface Tile extends Size {
  sheet: number;
  x: number;
  y: number;
}

/** Where the nth picture stands. */
export function tileAt({ tile, columns }: SheetLayout, n: number): Tile {
  const place = n % maxTiles;
  return {
    sheet: Math.floor(n / maxTiles),
    x: (place % columns) * tile.width,
    y: Math.floor(place / columns) * tile.height,
    ...tile,
  };
}

/** Copies a picture onto a sheet of the same kind of pixels. */
export function place(picture: RawPicture, sheet: RawPicture, { x, y }: { x: number; y: number }): void {
  const line = picture.width * picture.channels;
  for (let row = 0; row < picture.height; row++) {
    picture.pixels.copy(sheet.pixels, ((y + row) * sheet.width + x) * sheet.channels, row * line, (row + 1) * line);
  }
}

export interface Cue {
  /** Seconds. */
  start: number;
  end: number;
  /** Name of the sheet's file, beside the WebVTT file. */
  file: string;
  tile: Tile;
}

/** The WebVTT file by which players find the tile of a time: each cue names a sheet and a spatial fragment (W3C Media Fragments, 4.2.2). */
export function thumbnailTrack(cues: readonly Cue[]): string {
  const lines = cues.map(
    ({ start, end, file, tile: { x, y, width, height } }) =>
      `${clock(start)} --> ${clock(end)}\n${encodeURIComponent(file)}#xywh=${x},${y},${width},${height}\n`,
  );
  return ['WEBVTT\n', ...lines].join('\n');
}

function clock(seconds: number): string {
  const millis = Math.round(seconds * 1000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const parts = [two(millis / 3_600_000), two((millis / 60_000) % 60), two((millis / 1000) % 60)];
  return `${parts.join(':')}.${String(millis % 1000).padStart(3, '0')}`;
}
