/** Says loudly that tests are left out on this machine, and why. In CI, which has everything, that is a failure. */
export function leaveOut(what: string): void {
  if (process.env.CI) throw new Error(`CI must not leave out ${what}`);
  console.warn(`LEFT OUT: ${what}`);
}
