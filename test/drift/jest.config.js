import ours from '../../jest.config.js'

/** Drift, held to values of scipy and to simulated weeks. `npm run test:drift`. */
export default {
  ...ours,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/drift/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 900_000,
}
