import ours from '../../jest.config.js'

/**
 * Every runtime with every layout that it serves, made by the frameworks themselves, as a process and in a container.
 * `npm run test:runtimes`.
 */
export default {
  ...ours,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/runtimes/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/runtimes/begin-report.ts',
  globalTeardown: '<rootDir>/test/runtimes/print-report.ts',
  testTimeout: 600_000,
}
