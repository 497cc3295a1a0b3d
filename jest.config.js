export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Those with a configuration of their own need more than Node, or more time: `npm run test:emulator` and its like.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/(?:account|broken|browser|containers|crash|drift|emulator|graphs|iam|java|package|python|r|runtimes)/',
    '<rootDir>/test/local/environments/python/python-environments.test.ts',
    '<rootDir>/test/local/environments/(?:java|r)/',
    '<rootDir>/test/model-templates/(?:java|python|r\\.test)',
    '<rootDir>/test/local/hosting/warm-parents.test.ts',
  ],
  // Most tests take milliseconds; those that start processes share two cores with all the others.
  testTimeout: 30_000,
  // Modules of a test file stay in memory when it is over: a process that has run a hundred of them spends its time collecting.
  workerIdleMemoryLimit: '600MB',
  testEnvironment: './test/harness/environment.js',
  transform: { '\\.ts$': './test/harness/strip-types.js' },
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/dist', '<rootDir>/.sluice', '<rootDir>/.cache'],
  coverageProvider: 'v8',
}
