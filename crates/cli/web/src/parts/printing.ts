import { createContext, options } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";

/** True while the page is laid out for paper: everything is there, nothing is virtual. */
export const Printing = createContext(false);
export const usePrinting = (): boolean => useContext(Printing);

/** Follows the browser's print events; what they ask for is drawn before they return. */
export function useBrowserPrints(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const set = (value: boolean) => {
      const later = options.debounceRendering;
      options.debounceRendering = (draw) => draw();
      setPrinting(value);
      options.debounceRendering = later;
    };
    const [before, after] = [() => set(true), () => set(false)];
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => {
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
    };
  }, []);
  return printing;
}
