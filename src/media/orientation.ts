export interface Orientation {
  /** Clockwise turn that a player applies, in degrees. */
  rotation: 0 | 90 | 180 | 270;
  /** Flipped left to right, before the turn. */
  mirrored: boolean;
}

const upright: Orientation = { rotation: 0, mirrored: false };

/** EXIF orientation 1–8 (EXIF 2.32, tag 0x0112). */
const exif: readonly Orientation[] = [
  upright,
  { rotation: 0, mirrored: true },
  { rotation: 180, mirrored: false },
  { rotation: 180, mirrored: true },
  { rotation: 270, mirrored: true },
  { rotation: 90, mirrored: false },
  { rotation: 90, mirrored: true },
  { rotation: 270, mirrored: false },
];

export function fromExif(orientation: number | undefined): Orientation {
  return exif[(orientation ?? 1) - 1] ?? upright;
}

/**
 * A display matrix as ffprobe prints it (ISO 14496-12, 8.3.2: a b u / c d v / x y w). The matrix is read, not
 * ffprobe's `rotation`, which cannot tell a mirrored picture.
 */
export function fromDisplayMatrix(text: string | undefined): Orientation {
  const rows = (text ?? '')
    .trim()
    .split('\n')
    .map((line) =>
      line
        .replace(/^\s*\d+:/, '')
        .trim()
        .split(/\s+/)
        .map(Number),
    );
  const [a = 1, b = 0] = rows[0] ?? [];
  const [c = 0, d = 1] = rows[1] ?? [];
  const mirrored = a * d - b * c < 0;
  // Undone, the flip leaves a pure turn, whose angle is that of its first row.
  const degrees = (Math.atan2(mirrored ? -b : b, mirrored ? -a : a) * 180) / Math.PI;
  const rotation = ((Math.round(degrees / 90) * 90 + 360) % 360) as Orientation['rotation'];
  return { rotation, mirrored };
}
