/** Pixels of the largest picture that is read unless told otherwise. */
export const defaultMaxPixels = 134_217_728;
/** Seconds without progress and without CPU used after which a tool is ended unless told otherwise. */
export const defaultStallTimeout = 120;
