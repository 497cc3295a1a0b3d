import ours from '../../jest.config.js'

/** The package as others get it: packed, installed in apps elsewhere, run from there. `npm run test:package`. */
export default {
  ...ours,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/package/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 240_000,
  // They wait for npm, for the CDK and for jsii, each in a process of its own.
  maxWorkers: 2,
}
