import ours from '../../jest.config.js'

/** Every call of every role, proven against the synthesized policies: `npm run test:iam`. */
export default {
  ...ours,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/iam/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 300_000,
}
