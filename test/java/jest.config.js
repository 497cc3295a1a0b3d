import ours from '../../jest.config.js'

/** The java runtime: a real JDK, real servers. `npm run test:java`. */
export default {
  ...ours,
  rootDir: '../..',
  testMatch: [
    '<rootDir>/test/java/**/*.test.ts',
    '<rootDir>/test/local/environments/java/*.test.ts',
    '<rootDir>/test/model-templates/java.test.ts',
  ],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 60_000,
}
