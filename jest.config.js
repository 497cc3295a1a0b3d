export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Those with a configuration of their own need more than Node, or minutes: `npm run test:emulator`, `test:containers`,
  // `test:crash`.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/emulator/',
    '<rootDir>/test/containers/',
    '<rootDir>/test/crash/',
  ],
  testEnvironment: './test/harness/environment.js',
  transform: { '\\.ts$': './test/harness/strip-types.js' },
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.sluice', '<rootDir>/.cache'],
  coverageProvider: 'v8',
}
