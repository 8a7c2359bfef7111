/** The page without its key: what it needs, and where that is to be found. */
import { useLanguage } from "../state/preferences.ts";
import { Brand } from "./brand.tsx";
import "./app.css";

export function NoToken() {
  const { w } = useLanguage();
  return (
    <main className="no-token">
      <Brand />
      <h1>{w.link.noTokenTitle}</h1>
      <p>{w.link.noTokenText}</p>
      <p className="quiet">{w.link.noTokenExample}</p>
      <pre className="mono">npm run inlet -- serve</pre>
    </main>
  );
}
