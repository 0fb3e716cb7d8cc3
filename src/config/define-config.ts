import type { ConfigInput } from './schema.ts';

/**
 * Gives `art.config.ts` its types; returns what it gets.
 *
 * @param config the configuration
 * @example
 * ```ts
 * import { defineConfig } from 'art';
 *
 * export default defineConfig({
 *   name: 'my-campaign',
 *   target: { provider: 'automatic1111', baseURL: 'http://127.0.0.1:7860', size: '512x512' },
 *   writer: { provider: 'openai-compatible', baseURL: 'http://127.0.0.1:8000/v1', model: 'my-llm' },
 *   guide: { provider: 'openai-compatible', baseURL: 'http://127.0.0.1:8001/v1', model: 'my-vlm' },
 *   judges: { image: ['nsfwjs'] },
 *   categories: ['violence', 'shocking'],
 * });
 * ```
 */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}
