import { useEffect, useState } from 'react';

export interface Answer<T> { loading: boolean; error?: Error; value?: T }

/** The answer to a question that is asked again when what it depends on changes; late answers to old questions are dropped. */
export function useAnswer<T>(ask: () => Promise<T>, dependencies: readonly unknown[]): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ loading: true });
  useEffect(() => {
    let current = true;
    setAnswer({ loading: true });
    ask().then(
      value => current && setAnswer({ loading: false, value }),
      error => current && setAnswer({ loading: false, error }),
    );
    return () => { current = false; };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, dependencies);
  return answer;
}
