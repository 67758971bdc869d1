/** Presets that mean the same for every codec. */
export const qualities = ['very_low', 'low', 'medium', 'high', 'very_high'] as const;
export type Quality = (typeof qualities)[number];
