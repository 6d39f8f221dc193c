import { useEffect, useState } from "preact/hooks";

/** A value a moment later, so that typing is never held up by what depends on it. */
export function useDeferred<T>(value: T, wait = 60): T {
  const [late, setLate] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLate(value), wait);
    return () => clearTimeout(timer);
  }, [value, wait]);
  return late;
}
