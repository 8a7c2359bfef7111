// First of all: zod must not try to compile, which the page's policy forbids and reports.
import "./app/no-eval.ts";
import "./look/tokens.css";
import "./look/base.css";
import "./look/controls.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/app.tsx";
import { NoToken } from "./app/no-token.tsx";
import { followTheme } from "./app/theme.ts";
import { chooseCarrier } from "./carrier/choose-carrier.ts";
import { CarrierContext } from "./state/commands.ts";
import { startLink } from "./state/link.ts";
import { followAddress } from "./state/place.ts";
import { loadPreferences } from "./state/preferences.ts";

loadPreferences();
followTheme();
const carrier = chooseCarrier();
followAddress();
if (carrier !== undefined) startLink(carrier);

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no root element.");
createRoot(root).render(
  <StrictMode>
    {carrier === undefined ? (
      <NoToken />
    ) : (
      <CarrierContext value={carrier}>
        <App />
      </CarrierContext>
    )}
  </StrictMode>,
);
