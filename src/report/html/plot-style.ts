import { PLOT_CLASS } from './plot-class.ts';
import { sourceHash } from './source-hash.ts';

/** The text of the `<style>` element that Observable Plot puts into each chart of that class. */
const PLOT_STYLE = `:where(.${PLOT_CLASS}) {
  --plot-background: white;
  display: block;
  height: auto;
  height: intrinsic;
  max-width: 100%;
}
:where(.${PLOT_CLASS} text),
:where(.${PLOT_CLASS} tspan) {
  white-space: pre;
}`;

/** What lets it through a Content-Security-Policy: `'sha256-…'`, for `style-src`. */
export const PLOT_STYLE_SOURCE = sourceHash(PLOT_STYLE);
