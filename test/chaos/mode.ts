/** Whether the long forms run: `npm run chaos`. CI runs the short ones. */
export const IS_LONG = process.env.ART_CHAOS === 'long';

/** What all that is random follows from; in the name of every test. `ART_CHAOS_SEED` repeats a run. */
export const SEED = Number(process.env.ART_CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** The value for the form that runs. */
export function byForm<T>(short: T, long: T): T {
  return IS_LONG ? long : short;
}
