import { useEffect, useState } from "preact/hooks";

export interface Route { view: string; item: string | undefined }

const parse = (): Route => {
  const [view = "", ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  const item = rest.join("/");
  return { view: view || "overview", item: item ? decodeURIComponent(item) : undefined };
};

export const href = (view: string, item?: string): string => (item === undefined ? `#${view}` : `#${view}/${encodeURIComponent(item)}`);

/** Goes somewhere without a new entry in the history, for moves inside a list. */
export function replace(view: string, item: string): void {
  history.replaceState(null, "", href(view, item));
  dispatchEvent(new HashChangeEvent("hashchange"));
}

export function useRoute(): Route {
  const [route, setRoute] = useState(parse);
  useEffect(() => {
    const follow = () => setRoute(parse());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}
