import { type DependencyList, useCallback, useEffect, useState } from 'react';

/** What a question to the source has come to. */
export type AsyncState<Value> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: Error; readonly retry: () => void }
  | { readonly state: 'done'; readonly value: Value };

/**
 * Asks the source and keeps what it answered; while it is asked anew, the previous answer stays, so that a
 * page does not flicker when a running campaign goes on.
 *
 * @param ask - is called when a key changes; an answer that comes after that is dropped
 * @param keys - what the question depends on
 * @param subject - what the answer is about: when this changes, the previous answer goes at once
 */
export function useAsync<Value>(
  ask: () => Promise<Value>,
  keys: DependencyList,
  subject = '',
): AsyncState<Value> {
  const [answer, setAnswer] = useState<Answer<Value>>({ subject, state: { state: 'loading' } });
  const [tries, setTries] = useState(0);
  const retry = useCallback(() => {
    setAnswer({ subject, state: { state: 'loading' } });
    setTries((count) => count + 1);
  }, [subject]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the caller's keys say when to ask again
  useEffect(() => {
    let current = true;
    ask().then(
      (value) => {
        if (current) setAnswer({ subject, state: { state: 'done', value } });
      },
      (cause: unknown) => {
        const error = cause instanceof Error ? cause : new Error(String(cause));
        if (current) setAnswer({ subject, state: { state: 'failed', error, retry } });
      },
    );
    return () => {
      current = false;
    };
  }, [...keys, subject, tries, retry]);

  return answer.subject === subject ? answer.state : { state: 'loading' };
}

interface Answer<Value> {
  readonly subject: string;
  readonly state: AsyncState<Value>;
}
