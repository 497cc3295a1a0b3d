import ours from '../../jest.config.js'

/** The python runtime: environments out of a package index, real scikit-learn, real servers. `npm run test:python`. */
export default {
  ...ours,
  rootDir: '../..',
  testMatch: [
    '<rootDir>/test/python/**/*.test.ts',
    '<rootDir>/test/local/environments/python/python-environments.test.ts',
    '<rootDir>/test/local/hosting/warm-parents.test.ts',
    '<rootDir>/test/model-templates/python*.test.ts',
  ],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 60_000,
}
