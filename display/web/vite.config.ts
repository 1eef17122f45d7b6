import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// Every screen is a page of its own; the oldest browser in a hall is Chrome 64.
// dist/.keep comes from public/, so that the Go embed finds the folder before and after a build.
export default defineConfig({
  plugins: [vue()],
  publicDir: 'public',
  build: {
    target: 'chrome64',
    outDir: 'dist',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: { input: ['index.html', 'kiosk.html', 'clerk.html', 'board.html', 'manager.html', 'technician.html'] },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
