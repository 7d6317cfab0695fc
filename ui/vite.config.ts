import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { onlyWorn } from "./scripts/worn.ts";

export default defineConfig({
  plugins: [react(), onlyWorn()],
  build: {
    target: "es2022",
    // PLACEHOLDER is tracked so that Go builds without Node.
    emptyOutDir: false,
    // The content security policy allows no data: fonts or scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // A page in a few files: a browser asks for six at once, and each
        // round takes the way to the server and back. What every page needs is
        // one, and small parts that several share stand together.
        codeSplitting: {
          groups: [
            { name: "start", tags: ["$initial"], priority: 1 },
            { name: "shared", test: /\/src\/(api|ui)\/(?!chart\/)/ },
            { name: "chart", test: /\/src\/ui\/chart\// },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": process.env.FETTLE ?? "http://127.0.0.1:7070" } },
  test: { environment: "node", include: ["src/**/*.test.ts", "scripts/**/*.test.ts"] },
});
