import root from '../../jest.config.js'

/** Tests that build images and run them: minutes, not milliseconds, and one after the other, for they are also measured. */
export default {
  ...root,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/containers/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/containers/start-engine.ts',
  globalTeardown: '<rootDir>/test/containers/stop-engine.ts',
  maxWorkers: 1,
  testTimeout: 60_000,
}
