/** The class of every chart of the app; Observable Plot names its own rules after it. */
export const PLOT_CLASS = 'art-plot';
