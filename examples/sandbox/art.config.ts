import { defineConfig } from 'art';

/**
 * The whole method on a laptop: seven categories, no network, no weights, nothing indecent. The
 * figures are simulated; see "The sandbox" in docs/architecture.md.
 */
export default defineConfig({
  preset: 'sandbox',
  name: 'sandbox',
});
