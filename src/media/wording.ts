/** `width was`, `width and height were`: what comes before "asked for". */
export const askedFor = (names: readonly string[]) => `${names.join(' and ')} ${names.length > 1 ? 'were' : 'was'}`;

/** `1 error`, `2 errors`. */
export const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** What is said of an input that ffmpeg went on from. */
export const damageWarnings = (errors: number, what: string) =>
  errors > 0 ? [`ffmpeg met ${counted(errors, 'error')} in the input and went on: ${what} may be damaged`] : [];
