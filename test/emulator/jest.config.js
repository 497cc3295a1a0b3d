import ours from '../../jest.config.js'

/** Against an emulator of AWS and, for model functions, a real engine of containers: `npm run test:emulator`. */
export default {
  ...ours,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/emulator/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/emulator/prepare.ts',
  testTimeout: 120_000,
}
