import ours from '../../jest.config.js'

/** Graphs: every shape, ten thousand random ones, what goes wrong, and a journey. `npm run test:graphs`. */
export default {
  ...ours,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/graphs/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 2_400_000,
}
