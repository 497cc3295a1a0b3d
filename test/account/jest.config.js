import ours from '../../jest.config.js'

/** In an account of AWS that its owner names: `npm run test:account`. Never by accident, and no stage of CI. */
export default {
  ...ours,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/account/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 900_000,
}
