import { Hono } from 'hono';
import { expect, test, vi } from 'vitest';
import { streamProgress } from './events.ts';

test('a look that fails ends the stream and is told here, not to the page nor to the terminal as it is', async () => {
  const printed = vi.spyOn(console, 'error');
  const problems: unknown[] = [];
  const broken = new Error('postgres://user:a-secret@host: \u001b[31mgone');
  const app = new Hono().get('/', (context) =>
    streamProgress(context, () => Promise.reject(broken), {
      pollMs: 1,
      stillHere: () => true,
      onProblem: (error) => problems.push(error),
    }),
  );
  expect(await (await app.request('/')).text()).toBe('retry: 1000\n\n');
  expect(problems).toEqual([broken]);
  expect(printed).not.toHaveBeenCalled();
  printed.mockRestore();
});
