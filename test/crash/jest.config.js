import root from '../../jest.config.js'

/** Tests that kill, fill and break a platform on purpose: minutes, not milliseconds, and one after the other. */
export default {
  ...root,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/crash/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
  testTimeout: 60_000,
}
