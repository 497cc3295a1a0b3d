import ours from '../../jest.config.js'

/** The console in a real Chromium, over a real platform. `npm run test:browser`. */
export default {
  ...ours,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/browser/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 120_000,
}
