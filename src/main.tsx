import { createRoot } from "react-dom/client";

createRoot(document.getElementById("root")!).render(
  <main>
    <h1>SMMU steps</h1>
  </main>,
);
