import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    // PLACEHOLDER is tracked so that Go builds without Node.
    emptyOutDir: false,
    // The content security policy allows no data: fonts or scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": process.env.FETTLE ?? "http://127.0.0.1:7070" } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
