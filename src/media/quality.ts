/** Presets that mean the same for every codec. */
export const qualities = ['very_low', 'low', 'medium', 'high', 'very_high'] as const;
export type Quality = (typeof qualities)[number];

/** What each preset means to something, the least first. */
export const scale = <T>(very_low: T, low: T, medium: T, high: T, very_high: T): Record<Quality, T> => ({
  very_low,
  low,
  medium,
  high,
  very_high,
});
