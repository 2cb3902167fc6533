import { createRoot } from "react-dom/client";
import { startSession } from "./session/browser.ts";
import { App } from "./views/App.tsx";

createRoot(document.getElementById("root")!).render(<App session={startSession()} />);
