import ours from '../../jest.config.js'

/** Models that cannot be served as they are, and what whoever brings one is told. `npm run test:broken`. */
export default {
  ...ours,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/broken/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 600_000,
}
