import { expect, test } from '@jest/globals'
import { modelEnvironment } from '../../lib/rules/model-environment.ts'

test('a model is told how to run, and no secret of whoever started the platform', () => {
  const useful = {
    PATH: '/usr/bin',
    LC_ALL: 'C.UTF-8',
    OMP_NUM_THREADS: '1',
    PYTHONUNBUFFERED: '1',
    R_LIBS: '/r',
    JAVA_HOME: '/java',
    SLUICE_BATCH: 'off',
  }
  const secrets = {
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_PROFILE: 'x',
    SLUICE_API_KEY: 'x',
    NODE_AUTH_TOKEN: 'x',
    PYTHON_KEYRING_PASSWORD: 'x',
    GITHUB_TOKEN: 'x',
    DATABASE_URL: 'x',
    ssh_auth_sock: 'x',
    PATHOLOGICAL: 'x',
  }
  expect(modelEnvironment({ ...useful, ...secrets, TZ: undefined })).toEqual(useful)
})
