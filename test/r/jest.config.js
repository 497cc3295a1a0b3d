import ours from '../../jest.config.js'

/** The r runtime: real R, its real servers, and packages out of a repository made here. `npm run test:r`. */
export default {
  ...ours,
  rootDir: '../..',
  testMatch: [
    '<rootDir>/test/r/**/*.test.ts',
    '<rootDir>/test/local/environments/r/*.test.ts',
    '<rootDir>/test/model-templates/r.test.ts',
  ],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 60_000,
}
